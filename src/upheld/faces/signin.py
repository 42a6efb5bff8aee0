"""Let people in and out, in their language, and send each to the page where their day begins."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import check_for_language, get_language, gettext_lazy
from django.views.decorators.http import require_GET
from django.views.i18n import set_language as django_set_language

from upheld.faces.permissions import StaffRequest, allowed_to
from upheld.operations.choose_language import choose_language
from upheld.operations.sign_in import LONGEST_NAME, note_failed_sign_in, note_sign_in
from upheld.records.staff.choices import Language


class SignInForm(AuthenticationForm):
    """Say one thing for a wrong name, a wrong password and a closed account: nobody can probe for names."""

    error_messages = {
        "invalid_login": gettext_lazy("User name or password is not right. Both are case-sensitive."),
        "inactive": gettext_lazy("User name or password is not right. Both are case-sensitive."),
    }

    def clean(self) -> dict[str, Any]:
        """Ask for no name that is longer than any: those who count wrong passwords have no room for it."""
        if len(self.cleaned_data.get("username", "")) > LONGEST_NAME:
            raise self.get_invalid_login_error()
        return super().clean()


CHOSEN_AT_THE_GATE = "language_chosen"
"""Where the session keeps the language that somebody chose before signing in."""


class SignIn(LoginView):
    """Sign in; pages then speak the employee's language, unless another one was chosen on this very page."""

    template_name = "signin/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign in and set the language; a browser's cookie counts for nothing, for it may be somebody else's."""
        employee = form.get_user()
        chosen = self.request.session.get(CHOSEN_AT_THE_GATE)
        response = super().form_valid(form)
        note_sign_in(employee=employee, address=_address(self.request))
        self.request.session.pop(CHOSEN_AT_THE_GATE, None)
        if chosen in Language.values:
            choose_language(employee=employee, language=chosen)
        if check_for_language(employee.language):
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, employee.language, samesite="Lax")
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Note that somebody failed to get in; the page says no more than that."""
        note_failed_sign_in(
            username=form.data.get("username", ""),
            address=_address(self.request),
            locked=getattr(self.request, "axes_locked_out", False),
        )
        return super().form_invalid(form)


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


sign_in = allowed_to("public")(SignIn.as_view())
sign_out = allowed_to("public")(LogoutView.as_view(next_page="sign-in"))


@allowed_to("public")
def set_language(request: StaffRequest) -> HttpResponseBase:
    """Switch the pages to another language and remember it: for the employee, or until somebody signs in."""
    language = request.POST.get("language")
    if request.method == "POST" and language in Language.values:
        if request.user.is_authenticated:
            choose_language(employee=request.user, language=language)
        else:
            request.session[CHOSEN_AT_THE_GATE] = language
    return django_set_language(request)


def locked_out(request: HttpRequest, credentials: Any = None, *args: Any, **kwargs: Any) -> HttpResponse:
    """Answer a sign-in that axes has locked, without saying which part was wrong (AXES_LOCKOUT_CALLABLE)."""
    return render(request, "signin/locked.html", status=settings.AXES_HTTP_RESPONSE_CODE)


# Those who look at the whole begin with the dashboard, those who answer calls at the desk, those who serve begin with
# today's promises.
_FIRST_PAGE = {
    "service_department": "dashboard",
    "administrator": "dashboard",
    "hotline_agent": "desk",
    "store_clerk": "counter",
    "field_engineer": "field",
    "chief_representative": "chief-month",
}


@require_GET
@allowed_to("signed_in")
def home(request: StaffRequest) -> HttpResponse:
    """Send each role to its first page."""
    return redirect(_FIRST_PAGE.get(request.user.job, "workbench"))


def in_english() -> bool:
    """Tell whether the reader reads English."""
    return (get_language() or "").startswith("en")
