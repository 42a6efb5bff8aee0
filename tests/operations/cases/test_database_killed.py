"""The database, or the server of the pages, killed with kill -9 in the middle of an act: when they are back and the
same form is sent again with the same key, nothing is lost and nothing is there twice.

An installation of its own is killed. Where an act is to be held, a trigger of the story waits there for a lock that the
story has, so that the kill comes neither too early nor too late.
"""

from __future__ import annotations

import http.cookiejar
import re
import shutil
import tempfile
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from upheld.config import embedded_postgres

from .killed_home import LOCK, PASSWORD, SECONDS, WHERE, Home, lost, wait_for

# One process builds the home for all of them.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("killed-home")]

STREAM = [f"P{number}" for number in range(10, 40)]
MEMBERS = 40
_FRESH = count(1)


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    """Make a home with an agent and gold members, and one case that nothing disturbed."""
    folder = Path(tempfile.mkdtemp(prefix="upheld-home-", dir="/tmp"))
    folder.chmod(0o755)
    made = Home(folder)
    try:
        made.bring_back()
        made.done("make", PASSWORD, str(MEMBERS))
        made.done("open", "calm", "P0")
        yield made
    finally:
        embedded_postgres.stop(made.cluster)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def member(home: Home) -> str:
    """Give a gold member of this story alone."""
    home.bring_back()
    return f"P{next(_FRESH)}"


def is_one_whole_case(home: Home, key: str) -> bool:
    """Tell whether a case is there once, with one step, one entry, and the clocks of a case that nothing disturbed."""
    calm = home.case_counts("calm")
    clocks = calm[3]
    assert calm == (1, 1, 1, clocks, clocks, clocks, clocks), calm
    assert clocks > 0
    return home.case_counts(key) == calm


# --- the database ---


@pytest.mark.parametrize("where", WHERE)
def test_a_database_killed_while_a_case_is_opened_has_none_of_it_and_then_all_of_it_once(
    home: Home, member: str, where: str
) -> None:
    key, before = f"database {where}", home.all_of_cases()
    with home.held("cases_clockevent", where), home.running("open", key, member) as process:
        wait_for(home.somebody_is_held, while_lives=process)
        home.kill_database()
        lost(process)
    assert home.all_of_cases() == before
    said = home.done("open", key, member)
    assert said.startswith("True ")
    assert is_one_whole_case(home, key)
    assert home.done("open", key, member) == said.replace("True", "False")
    assert is_one_whole_case(home, key)


def test_a_database_killed_while_the_last_of_a_quota_is_claimed_gives_it_once(
    home: Home, member: str
) -> None:
    assert home.done("claim", "claim-1", member).endswith(" 1")
    for where in WHERE:
        with home.held("entitlements_quotaplace", where), home.running("claim", "claim-2", member) as process:
            wait_for(home.somebody_is_held, while_lives=process)
            home.kill_database()
            lost(process)
        assert home.claims_of(member) == (1, 1, 1), "the last one is free"
    said = home.done("claim", "claim-2", member)
    assert re.fullmatch(r"True \d+ 0", said)
    home.kill_database()
    home.bring_back()
    assert home.done("claim", "claim-2", member) == said.replace("True", "False")
    assert home.claims_of(member) == (2, 2, 2)
    assert "all 2 are used (2), by 方晓" in home.refused("claim", "claim-3", member)
    assert home.claims_of(member) == (2, 2, 2)


def test_what_was_answered_outlives_a_database_killed_amid_many_acts_and_what_was_lost_is_sent_again(
    home: Home,
) -> None:
    """Three who open cases and claim quotas without end; no act is held, the kill meets them wherever they are."""
    home.bring_back()
    before = home.all_of_cases()[0]
    sent: dict[str, tuple[str, str]] = {}
    answered: dict[str, str] = {}
    with home.running("stream", *STREAM) as process:
        assert process.stdout is not None
        killed = False
        for line in process.stdout:  # ends with the process: each of the three gives up at its first failure
            word, *rest = line.split()
            if word == "sent":
                sent[rest[1]] = (rest[0], rest[2])
            else:
                answered[rest[0]] = rest[1]
            if len(answered) >= 20 and not killed:
                killed = True
                home.kill_database()
        process.wait(SECONDS)
    unanswered = set(sent) - set(answered)
    assert len(unanswered) == 3, "each of the three was in the middle of one act"
    home.bring_back()

    told = "".join(f"{name} {key} {code}\n" for key, (name, code) in sent.items())
    stored = {}
    for line in home.done("again", told=told).splitlines():
        key, is_new, pk, *_ = line.split()
        stored[key] = pk
        assert is_new == "False" or key in unanswered, f"{key} was answered, and is gone"
    assert {key: stored[key] for key in answered} == answered, "the same key is the same case, the same use"
    opened = [key for key, (name, _) in sent.items() if name == "open"]
    claimed = [code for name, code in sent.values() if name == "claim"]
    assert opened
    assert claimed
    assert all(is_one_whole_case(home, key) for key in opened)
    assert home.all_of_cases()[0] == before + len(opened)
    for code in set(claimed):
        assert home.claims_of(code) == (claimed.count(code),) * 3


# --- the server of the pages ---


class Browser:
    """As much of a browser as signs in, keeps its cookies and sends a form."""

    def __init__(self, address: str, jar: http.cookiejar.CookieJar) -> None:
        self.address, self.jar = address, jar
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def page(self, path: str) -> str:
        """Read a page."""
        return self.opener.open(f"{self.address}{path}", timeout=SECONDS).read().decode()

    def send(self, path: str, form: dict[str, str], of: str) -> str:
        """Send a form as it stands on the page `of`; give the address it leads to."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page(of))
        assert token
        body = urllib.parse.urlencode({**form, "csrfmiddlewaretoken": token.group(1)}).encode()
        return str(self.opener.open(f"{self.address}{path}", body, timeout=SECONDS).url)


@pytest.mark.parametrize("where", WHERE)
def test_a_server_killed_with_a_form_half_done_is_started_again_and_the_form_is_one_case(
    home: Home, member: str, where: str
) -> None:
    key, before, jar = f"pages {where}", home.all_of_cases(), http.cookiejar.CookieJar()
    form = {"key": key, "kind": "complaint", "summary": "机房三次断电"}
    caller = f"/desk/callers/{member}/"
    came_of_it: list[Any] = []

    def send_and_lose(browser: Browser) -> None:
        try:
            came_of_it.append(browser.send(f"{caller}case/", form, f"{caller}?new=1"))
        except Exception as problem:
            came_of_it.append(problem)

    with home.held("cases_clockevent", where) as keeper:
        with home.served() as (address, kill):
            browser = Browser(address, jar)
            browser.send("/sign-in/", {"username": "agent", "password": PASSWORD}, "/sign-in/")
            sending = threading.Thread(target=send_and_lose, args=(browser,))
            sending.start()
            wait_for(home.somebody_is_held)
            kill()
            sending.join(SECONDS)
            assert isinstance(came_of_it[0], OSError), f"it went through: {came_of_it[0]!r}"
        assert home.all_of_cases() == before
        keeper.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        # Nobody reads the answer any more; a statement that had arrived is finished all the same, or given up.
        wait_for(home.nobody_is_held)
    with home.served() as (address, _):
        for _ in range(2):
            led = Browser(address, jar).send(f"{caller}case/", form, f"{caller}?new=1")
            assert caller in led, "still signed in, and shown what was opened"
    assert is_one_whole_case(home, key)
    assert home.all_of_cases()[0] == before[0] + 1
