"""Whatever somebody types into an address is answered in words: a page, a refusal, never a server error."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from django.urls import get_resolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upheld.faces.addresses import LAST_PAGE, page_number

SignIn = Callable[..., Client]

# Every word that any page reads from its address.
NAMES = [
    "page",
    "after",
    "tab",
    "action",
    "employee",
    "recorded",
    "recorded_many",
    "q",
    "period",
    "from",
    "to",
    "unit",
    "state",
    "clause",
    "promise",
    "of",
    "next",
    "back",
]
PLAIN = [
    "",
    "1",
    "KEY-5",
    "P1",
    "G1",
    "U1",
    "KEY",
    "today",
    "overdue",
    "custom",
    "quarter",
    "visit",
    "nobody",
    "all",
]
NASTY = [
    "\x00", "a\x00b", "\n", "\x7f", "-1", "0", "9" * 20, "9" * 5000, "٣", "1e9", "../..", "'\"<>", "%", "%s", "𝟙",
    "0001-01-01", "9999-12-31", "2026-02-30", "20261121", "2026-W01-1", "9999-12-31_1", f"2026-01-01_{'9' * 25}",
    f"2026-01-01_{'9' * 5000}", "2026-01-01_-1", "1,2,x", "x" * 3000, "//evil.example", "\ud800",
]  # fmt: skip
VALUES = st.one_of(st.sampled_from(PLAIN), st.sampled_from(NASTY), st.text(max_size=12))
ROUTES = sorted(str(pattern.pattern) for pattern in get_resolver().url_patterns)


def encoded(text: str) -> str:
    """Write a text for an address, lone surrogates included."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


@st.composite
def addresses(draw: st.DrawFn) -> str:
    """Give an address: one of ours, with anything at all in the places of codes and in the query."""
    path = draw(st.sampled_from(ROUTES))
    while "<" in path:
        ahead, _, rest = path.partition("<")
        kind, _, behind = rest.partition(">")
        value = draw(st.one_of(VALUES, st.integers().map(str)) if kind.startswith("int") else VALUES)
        path = f"{ahead}{encoded(value)}{behind}"
    words = draw(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5))
    query = urlencode({name: value.encode("utf-8", "surrogatepass") for name, value in words.items()})
    return f"/{path}?{query}"


@pytest.mark.parametrize("who", ["li", "service"])
def test_no_address_makes_a_page_fail(
    who: str, company: SimpleNamespace, owe: Any, signed_in: SignIn
) -> None:
    owe(), owe(action="call", state="broken")
    browser = signed_in(who)
    browser.raise_request_exception = False

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(addresses(), st.booleans())
    def ask(address: str, swap: bool) -> None:
        answer = browser.get(address, headers={"HX-Request": "true"} if swap else {})
        assert answer.status_code in (200, 302, 403, 404, 405), f"{answer.status_code} for {address[:200]}"

    ask()


@pytest.mark.parametrize(
    ("address", "status"),
    [
        *(
            (f"{path}?page={'9' * digits}", 200)
            for path in ("/work/", "/people/P1/")
            for digits in (20, 5000)
        ),
        *((f"/{kind}/%00/", 404) for kind in ("people", "groups", "dashboard", "standards", "clauses")),
        *(
            (f"{path}?recorded=%00&recorded_many=%00", 200)
            for path in ("/work/", "/people/P1/", "/groups/G1/")
        ),
        ("/dashboard/?period=custom&from=2026-01-01&to=9999-12-31", 200),
        ("/dashboard/KEY-5/?period=custom&from=0001-01-01&to=9999-12-31", 200),
        (f"/dashboard/KEY-5/?after=2026-01-01_{'9' * 25}", 200),
        (f"/promises/{'9' * 25}/record/", 404),
        (f"/contacts/{'9' * 25}/reverse/", 404),
        (f"/work/record/?promise={'9' * 18}&promise={'9' * 40}", 200),
    ],
)
def test_what_once_failed_is_answered(
    address: str, status: int, company: SimpleNamespace, owe: Any, signed_in: SignIn
) -> None:
    owe()
    assert signed_in("li").get(address).status_code == status


def test_days_out_of_bounds_are_told_in_words(company: SimpleNamespace, signed_in: SignIn) -> None:
    asked = {"period": "custom", "from": "2026-01-01", "to": "9999-12-31"}
    assert "2000年到2099年" in signed_in("service").get("/dashboard/", asked).content.decode()


def test_a_page_beyond_the_last_is_the_last(company: SimpleNamespace, owe: Any, signed_in: SignIn) -> None:
    owe()
    assert "王小明" in signed_in("li").get("/work/", {"tab": "today", "page": "77"}).content.decode()


def test_page_numbers_are_read_within_bounds() -> None:
    written = {
        "7": 7,
        "0": 1,
        "-3": 1,
        "x": 1,
        "": 1,
        "٣": 1,
        "0007": 7,
        "10001": LAST_PAGE,
        "9" * 5000: LAST_PAGE,
    }
    assert {text: page_number({"page": text}) for text in written} == written
    assert page_number({}) == 1
