"""`upheld ask` as other people's programs use it: lines in, lines out, bad lines named and the good ones answered."""

import json
import subprocess
import sys

import pytest

UPHELD = [sys.executable, "-m", "upheld.config.main"]


def ask(noun, *lines, as_of="2026-03-01", more=()):
    text = "".join(
        line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) + "\n" for line in lines
    )
    done = subprocess.run(
        [*UPHELD, "ask", noun, "--as-of", as_of, *more], input=text.encode(), capture_output=True, check=False
    )
    return (
        [json.loads(line) for line in done.stdout.decode().splitlines()],
        done.stderr.decode(),
        done.returncode,
    )


def test_a_tianyi_customer_is_rated_with_the_clause():
    answers, errors, code = ask(
        "tiers", {"id": 7, "papers": "personal", "brand": "tianyi", "annual_spend_yuan": 2160}
    )
    assert answers == [
        {
            "id": 7,
            "card": "gold",
            "state": "active",
            "because": [{"clause": "CT-34", "card": "gold"}],
            "provisional_card": None,
        }
    ]
    assert (errors, code) == ("", 0)


def test_bad_lines_are_named_and_good_ones_answered_in_order():
    answers, errors, code = ask(
        "tiers",
        {"id": "a", "group_class": "A", "role": "contact"},
        "{not json\n",
        {"id": "c", "group_class": "E", "annual_spend_yuan": "x"},
        "[]\n",
        {"id": "张", "group_class": "D", "role": "contact"},
    )
    assert [answer["id"] for answer in answers] == ["a", None, "c", None, "张"]
    assert [answer.get("card") for answer in answers] == ["gold", None, None, None, "silver"]
    assert "line 3: group_class: 'E' is not one of A, B1, B2, C, D" in errors.splitlines()
    assert [line.split(":")[0] for line in errors.splitlines()] == ["line 2", "line 3", "line 3", "line 4"]
    assert all("error" in answers[place] for place in (1, 2, 3))
    assert code == 2


def test_an_unknown_fact_names_the_nearest():
    _, errors, code = ask("tiers", {"id": 1, "anual_spend_yuan": 1})
    assert "did you mean annual_spend_yuan?" in errors
    assert code == 2


def test_text_that_is_not_utf8_is_one_bad_line():
    done = subprocess.run(
        [*UPHELD, "ask", "tiers", "--as-of", "2026-03-01"],
        input='{"id": 1}\n{"id": 2, "override_approved_by": "张"}\n'.encode("gbk"),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert "line 2: not UTF-8" in done.stderr.decode()
    assert len(done.stdout.splitlines()) == 2


def test_a_day_before_every_standard_is_refused_on_every_line():
    answers, _, code = ask("contacts", {"id": 1, "group_class": "A"}, as_of="2004-12-31")
    assert code == 2
    assert "2004-12-31" in answers[0]["error"]


def test_a_plan_names_both_missing_days_at_once():
    _, errors, code = ask("plan", {"id": 1, "group_class": "A", "role": "contact"})
    assert code == 2
    assert [line[:13] for line in errors.splitlines()] == ["line 1: from:", "line 1: until"]


def test_a_plan_is_sorted_and_stays_in_the_range():
    facts = {"id": 1, "group_class": "C", "role": "contact", "from": "2026-01-01", "until": "2026-02-01"}
    answers, _, code = ask("plan", facts)
    promises = answers[0]["promises"]
    assert code == 0
    assert promises == sorted(promises, key=lambda p: (p["from"], p["action"], p["clause"]))
    assert all("2026-01-01" <= p["from"] < "2026-02-01" for p in promises)
    calls = [(p["from"], p["due"]) for p in promises if p["action"] == "call"]
    assert calls == [("2026-01-01", "2026-01-15"), ("2026-01-16", "2026-01-31")]


def test_entitlements_carry_two_decimals():
    answers, _, _ = ask("entitlements", {"id": 1, "card": "diamond"})
    credit = next(grant for grant in answers[0]["grants"] if grant["entitlement"] == "credit")
    assert (credit["amount_yuan"], credit["clause"]) == ("200.00", "CT-42")


def test_a_reading_is_turned_from_the_command_line():
    facts = {"id": 1, "group_class": "A", "role": "top_decision_maker"}
    default, _, _ = ask("tiers", facts)
    turned, _, _ = ask("tiers", facts, more=("--reading", "class-a-top-leader=gold"))
    assert (default[0]["card"], turned[0]["card"]) == ("diamond", "gold")


def test_another_edition_than_the_one_at_hand_is_refused():
    _, errors, code = ask("tiers", {"id": 1}, more=("--edition", "2020-01-01-0000000000"))
    assert code == 2
    assert "is not the one at hand" in errors


@pytest.mark.parametrize("command", [["clause", "KEY-5"], ["coverage"], ["coverage", "--json"], ["check"]])
def test_the_other_commands_say_yes(command):
    done = subprocess.run([*UPHELD, *command], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout


def test_the_trail_of_a_clause_goes_from_words_to_pages():
    done = subprocess.run([*UPHELD, "clause", "KEY-5"], capture_output=True, check=True)
    trail = done.stdout.decode()
    for hop in (
        "clauses.yaml:",
        "rules/contacts.yaml:",
        "cases/contacts.yaml:",
        "/clauses/KEY-5/",
        "/dashboard/",
    ):
        assert hop in trail
    assert "FAIL" not in trail


def test_an_unknown_clause_names_the_nearest():
    done = subprocess.run([*UPHELD, "clause", "KEY-55"], capture_output=True, check=False)
    assert done.returncode == 2
    assert "did you mean KEY-" in done.stderr.decode()
