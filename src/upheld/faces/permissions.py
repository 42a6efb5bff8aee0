"""Say for every page who may open it, so that no view is open by oversight.

A view without `@allowed_to` is a failing house test. Which job carries which permission is said in
`operations/who_may.py`, and asked again by the operations; whose customers a role reaches is another question,
answered in `faces/book.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from upheld.operations.audit_trail import note_refusal
from upheld.operations.who_may import JOBS_ALLOWED, job_may

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class StaffRequest(HttpRequest):
    """What a view behind `@allowed_to` is given: somebody is signed in, and htmx says whether a swap was asked for.

    It exists for the type checker alone; Django makes its own requests.
    """

    user: Any
    htmx: Any


class Refused(Exception):
    """Carry a refusal out of what looks something up for a view; `allowed_to` answers with it."""

    def __init__(self, answer: HttpResponse) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


def may(user: Any, permission: str) -> bool:
    """Tell whether the user's job carries the permission; `public` holds for everybody, signed in or not."""
    if permission == "public":
        return True
    return bool(user.is_authenticated and job_may(user, permission))


def allowed_to(permission: str) -> Callable[[View], View]:
    """Declare the permission a view needs: nobody signed in goes to sign-in, others get a 403 page and an audit row."""
    if permission != "public" and permission not in JOBS_ALLOWED:
        raise KeyError(f"no such permission: {permission}")

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if may(request.user, permission):
                try:
                    return view(request, *args, **kwargs)
                except Refused as refused:
                    return refused.answer
            if not request.user.is_authenticated:
                return to_sign_in(request)
            return refuse(request, act=permission, subject_kind="page")

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return declare


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send the reader to sign in and back; a small swap cannot do that, so htmx is told to leave the page."""
    address = f"{reverse('sign-in')}?{urlencode({'next': request.get_full_path()})}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": reverse("sign-in")})
    return HttpResponseRedirect(address)


def refuse(
    request: StaffRequest, *, act: str, subject_kind: str, subject_id: object = "", because: str | None = None
) -> HttpResponse:
    """Answer 403 with the reason in words, after the refusal has been written to the audit log.

    An address may be as long as somebody cares to type and hold what no text column takes; it stands in the detail.
    """
    path = request.path.replace("\0", "%00")
    note_refusal(by=request.user, act=act, subject_kind=subject_kind, subject_id=subject_id, why=path)
    return render(request, "403.html", {"because": because}, status=403)
