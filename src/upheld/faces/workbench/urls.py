"""The addresses of the day, the board, appointments, what is prepared and reported, and the private calendar."""

from __future__ import annotations

from django.urls import path

from upheld.faces.workbench import appointments, calendar, days, prepare, reports

urlpatterns = [
    path("work/day/", days.day, name="day"),
    path("work/board/", days.board, name="board"),
    path("work/reports/", reports.reports, name="reports"),
    path("work/reports/send/", reports.send_report, name="send-report"),
    path("work/worker.js", reports.worker, name="road-worker"),
    path("promises/<int:promise_id>/plan/", days.plan, name="plan-day"),
    path("promises/<int:promise_id>/ask-waiver/", days.ask, name="ask-waiver"),
    path("appointments/<int:promise_id>/", appointments.appointment, name="appointment"),
    path("people/<code:code>/appointment/", appointments.appoint_person, name="appoint-person"),
    path("groups/<code:code>/appointment/", appointments.appoint_group, name="appoint-group"),
    path("people/<code:code>/prepare/", prepare.prepare_person, name="prepare-person"),
    path("groups/<code:code>/prepare/", prepare.prepare_group, name="prepare-group"),
    path("calendar/", calendar.my_calendar, name="my-calendar"),
    path("calendar/end/", calendar.end_my_calendar, name="end-my-calendar"),
    path("calendar/<code:token>.ics", calendar.calendar_feed, name="calendar-feed"),
]
