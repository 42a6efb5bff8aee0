"""Every address of the pages. Each view declares its permission with `@allowed_to`; a house test looks at this list."""

from __future__ import annotations

from django.urls import include, path, register_converter

from upheld.faces import more, signin
from upheld.faces.addresses import CodeConverter
from upheld.faces.customers import reversing
from upheld.faces.customers import views as customers
from upheld.faces.dashboard import views as dashboard
from upheld.faces.standards import views as standards
from upheld.faces.survey import views as surveys
from upheld.faces.workbench import many
from upheld.faces.workbench import views as workbench

register_converter(CodeConverter, "code")

urlpatterns = [
    path("", signin.home, name="home"),
    path("more/", more.more, name="more"),
    path("sign-in/", signin.sign_in, name="sign-in"),
    path("sign-out/", signin.sign_out, name="sign-out"),
    path("language/", signin.set_language, name="set-language"),
    path("work/", workbench.workbench, name="workbench"),
    path("work/record/", many.record_many, name="record-many"),
    path("", include("upheld.faces.workbench.urls")),
    path("promises/<int:promise_id>/record/", workbench.record, name="record"),
    path("promises/<int:promise_id>/waive/", workbench.waive, name="waive"),
    path("", include("upheld.faces.messages.urls")),
    path("people/", customers.search, name="search"),
    path("people/<code:code>/", customers.person, name="person"),
    path("people/<code:code>/name/", customers.show_name, name="show-name"),
    path("people/<code:code>/number/", customers.show_number, name="show-number"),
    path("people/<code:code>/contacts/", customers.record_person, name="record-person"),
    path("contacts/<int:contact_id>/reverse/", reversing.reverse_record, name="reverse-record"),
    path("groups/<code:code>/", customers.group, name="group"),
    path("groups/<code:code>/contacts/", customers.record_group, name="record-group"),
    path("desk/", include("upheld.faces.hotline.urls")),
    path("", include("upheld.faces.entitlements.urls")),
    path("cases/", include("upheld.faces.cases.urls")),
    path("counter/", include("upheld.faces.counter.urls")),
    path("journeys/", include("upheld.faces.journeys.urls")),
    path("field/", include("upheld.faces.field.urls")),
    path("team/", include("upheld.faces.team.urls")),
    path("s/<code:word>/", surveys.survey, name="survey"),
    path("surveys/", surveys.survey_results, name="survey-results"),
    path("warnings/", include("upheld.faces.warnings.urls")),
    path("calls/", include("upheld.faces.calls.urls")),
    path("events/", include("upheld.faces.events.urls")),
    path("chiefs/", include("upheld.faces.chiefs.urls")),
    path("craft/", include("upheld.faces.craft.urls")),
    path("moments/", include("upheld.faces.moments.urls")),
    path("staff/", include("upheld.faces.assignment.urls")),
    path("feasibility/", include("upheld.faces.feasibility.urls")),
    path("staff-points/", include("upheld.faces.staff_points.urls")),
    path("coverage/", include("upheld.faces.coverage.urls")),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/targets/", dashboard.targets, name="coverage-targets"),
    path("dashboard/<code:clause_id>/", dashboard.promises, name="dashboard-promises"),
    path("standards/", standards.standards, name="standards"),
    path("standards/<code:standard_id>/", standards.standard, name="standard"),
    path("clauses/<code:clause_id>/", standards.clause, name="clause"),
]
