"""Find the person or the group that an address names, for who may reach them; every page of a customer asks here."""

from __future__ import annotations

from typing import Any, Literal

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext

from upheld.faces.book import Book, book_of
from upheld.faces.permissions import Refused, StaffRequest, refuse
from upheld.records.people.queries import group_with_code, person_with_code

Kind = Literal["person", "group"]


def customer_in_reach(
    request: StaffRequest, kind: Kind, code: str, *, act: str = "open_customer"
) -> tuple[Any, Book]:
    """Give a person or a group within the reader's reach, with the reader's book; raises Refused or Http404.

    A customer outside the book is refused, and one who does not exist alike: who has a book learns no codes. To those
    who reach every customer, a code that is none is simply not found.
    """
    book = book_of(request.user, day=timezone.localdate())
    who: Any = person_with_code(code) if kind == "person" else group_with_code(code)
    if who is not None and (book.holds_person(who.pk) if kind == "person" else book.holds_group(who.pk)):
        return who, book
    if who is None and book.whole:
        raise Http404(f"no {kind} {code}")
    because = gettext("This customer is served by somebody else.")
    raise Refused(refuse(request, act=act, subject_kind=kind, subject_id=code, because=because))
