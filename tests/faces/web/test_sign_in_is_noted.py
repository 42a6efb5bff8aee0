"""Who signs in, and who fails to, is in the audit log; what was typed is not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from .conftest import PASSWORD


def entries() -> list[Any]:
    """Give the audit entries of sign-ins, oldest first."""
    from upheld.records.audit.models import Entry

    return list(Entry.objects.filter(act="sign_in").order_by("pk"))


def sign_in(username: str, password: str, browser: Client | None = None) -> Any:
    """Send the sign-in form."""
    return (browser or Client()).post("/sign-in/", {"username": username, "password": password})


def test_a_sign_in_is_noted_with_who_and_where_from(company: SimpleNamespace) -> None:
    assert sign_in("li", PASSWORD).status_code == 302
    [noted] = entries()
    assert (noted.actor, noted.subject_id, noted.allowed) == (company.li, str(company.li.pk), True)
    assert noted.detail == {"address": "127.0.0.1"}


@pytest.mark.parametrize(
    ("username", "is_known", "why"),
    [
        ("li", True, "wrong password"),
        ("zhou", True, "the account is closed"),
        ("secret-of-li", False, "nobody has this name"),
        ("l" * 1_000, False, "nobody has this name"),
        ("nul\0", False, "nobody has this name"),
    ],
)
def test_a_failed_sign_in_is_noted_without_what_was_typed(
    company: SimpleNamespace, username: str, is_known: bool, why: str
) -> None:
    company.zhou.is_active = False
    company.zhou.save(update_fields=["is_active"])
    password = PASSWORD if username == "zhou" else "wrong-password"
    assert sign_in(username, password).status_code == 200
    [noted] = entries()
    assert (noted.actor, noted.allowed) == (None, False)
    assert noted.subject_id == (str(getattr(company, username).pk) if is_known else "")
    assert noted.detail == {"address": "127.0.0.1", "why": why}


def test_a_try_at_a_locked_name_is_noted_as_such(company: SimpleNamespace) -> None:
    browser = Client()
    for _ in range(5):
        sign_in("li", "wrong-password", browser)
    assert sign_in("li", PASSWORD, browser).status_code == 429
    assert entries()[-1].detail["why"] == "too many wrong passwords before"
    assert not any(one.allowed for one in entries())
