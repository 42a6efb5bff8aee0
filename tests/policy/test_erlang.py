"""Agents needed, against what is known otherwise: exact fractions, a simulated hotline, printed tables, limits."""

from __future__ import annotations

import heapq
import math
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upheld.policy.erlang import agents_needed, chance_of_waiting, impatient_outcome


def exact_chance_of_waiting(agents: int, load: Fraction) -> Fraction:
    """Erlang C by its sum of powers over factorials, in whole fractions."""
    last = load**agents / math.factorial(agents) * Fraction(agents) / (agents - load)
    return last / (sum(load**k / math.factorial(k) for k in range(agents)) + last)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 40), st.integers(1, 999))
def test_the_chance_of_waiting_is_that_of_the_exact_fractions(agents: int, thousandths: int) -> None:
    load = agents * Fraction(thousandths, 1000)
    exact = exact_chance_of_waiting(agents, load)
    assert chance_of_waiting(agents=agents, load=float(load)) == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize(
    ("agents", "load", "waits"),
    # Well-known values: M/M/1 waits with the load itself, M/M/2 at 1 erlang 1/3, M/M/3 at 2 erlangs 4/9.
    [(1, 0.5, 0.5), (2, 1, 1 / 3), (3, 2, 4 / 9), (10, 6, 0.10130), (5, 4, 0.55411), (14, 10, 0.17413)],
)
def test_the_chance_of_waiting_is_that_of_the_printed_tables(agents: int, load: float, waits: float) -> None:
    assert chance_of_waiting(agents=agents, load=load) == pytest.approx(waits, abs=6e-6)


def test_the_example_that_every_textbook_of_call_centres_has() -> None:
    """A hundred calls of three minutes in half an hour, four of five within twenty seconds: fourteen agents."""
    found = agents_needed(
        calls=100, mean_talk_seconds=180, interval_seconds=1800, target_seconds=20, target_percent=80
    )
    assert found.agents == 14
    assert found.expected_percent == pytest.approx(88.835, abs=0.001)
    assert found.mean_wait_seconds == pytest.approx(7.836, abs=0.001)
    assert found.occupancy == pytest.approx(10 / 14)
    shrunk = agents_needed(
        calls=100, mean_talk_seconds=180, interval_seconds=1800, target_seconds=20, target_percent=80,
        shrinkage_percent=30,
    )  # fmt: skip
    assert (shrunk.agents, shrunk.rostered) == (14, 20)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 400),
    st.integers(20, 600),
    st.integers(0, 60),
    st.integers(50, 99),
    st.one_of(st.none(), st.integers(10, 900)),
)
def test_one_agent_fewer_would_not_do(
    calls: int, talk: int, seconds: int, percent: int, patience: int | None
) -> None:
    found = agents_needed(
        calls=calls, mean_talk_seconds=talk, interval_seconds=1800, target_seconds=seconds, target_percent=percent,
        patience_seconds=patience,
    )  # fmt: skip
    assert found.expected_percent >= percent
    fewer, load = found.agents - 1, calls * talk / 1800
    if fewer < 1:
        return
    if patience is None:
        if fewer > load:
            waits = float(exact_chance_of_waiting(fewer, Fraction(calls * talk, 1800)))
            assert 100 * (1 - waits * math.exp(-(fewer - load) * seconds / talk)) < percent + 1e-9
    else:
        within, *_ = impatient_outcome(
            agents=fewer, rate=calls / 1800, talk=talk, patience=patience, within=seconds
        )
        assert 100 * within < percent


def by_brute_force(
    agents: int, rate: float, talk: float, patience: float, within: float
) -> tuple[float, ...]:
    """Erlang A otherwise: all chances by the product formula in fractions, and the waits by adding up small steps."""
    arrives, frees, leaves = Fraction(rate), Fraction(1 / talk), Fraction(1 / patience)
    chances = [Fraction(1)]
    for callers in range(1, agents + 80):
        out = min(callers, agents) * frees + max(callers - agents, 0) * leaves
        chances.append(chances[-1] * arrives / out)
    whole = sum(chances)
    # Followed in time: a caller with j ahead is answered or moves up; ten thousand steps of the forward equations.
    waiting = [float(chance / whole) for chance in chances[agents:]]
    answered = float(sum(chances[:agents]) / whole)
    steps = 20_000
    step = within / steps
    for _ in range(steps):
        flow = [chance * (agents / talk + place / patience) for place, chance in enumerate(waiting)]
        answered += waiting[0] * agents / talk * step
        waiting = [
            chance
            + step * ((flow[place + 1] if place + 1 < len(flow) else 0) - flow[place] - chance / patience)
            for place, chance in enumerate(waiting)
        ]
    queue = float(sum(place * chance for place, chance in enumerate(chances[agents:])) / whole)
    return answered, queue / rate, queue / patience / rate


@pytest.mark.parametrize(
    ("agents", "rate", "talk", "patience", "within"),
    [(3, 0.02, 180, 60, 20), (10, 0.05, 180, 120, 20), (10, 0.08, 180, 30, 15), (1, 0.01, 60, 300, 40)],
)
def test_impatient_callers_do_as_the_balance_of_flows_says(agents, rate, talk, patience, within) -> None:
    answered, _, wait, gone = impatient_outcome(
        agents=agents, rate=rate, talk=talk, patience=patience, within=within
    )
    expected, mean_wait, abandoned = by_brute_force(agents, rate, talk, patience, within)
    assert answered == pytest.approx(expected, abs=2e-5)
    assert wait == pytest.approx(mean_wait, rel=1e-6)
    assert gone == pytest.approx(abandoned, rel=1e-6)


def simulated(
    agents: int, rate: float, talk: float, patience: float | None, within: float, calls: int
) -> tuple[float, ...]:
    """A hotline by chance: calls come, take the agent who is free first, and hang up when patience ends before."""
    chance = random.Random(20_261_122)
    free_at = [0.0] * agents
    heapq.heapify(free_at)
    now = answered = gone = waits = 0.0
    for _ in range(calls):
        now += chance.expovariate(rate)
        would_wait = max(free_at[0] - now, 0.0)
        holds_out = math.inf if patience is None else chance.expovariate(1 / patience)
        if holds_out < would_wait:
            gone += 1
            waits += holds_out
            continue
        waits += would_wait
        answered += would_wait <= within
        heapq.heapreplace(free_at, now + would_wait + chance.expovariate(1 / talk))
    return answered / calls, waits / calls, gone / calls


def test_a_simulated_hotline_of_patient_callers_comes_out_alike() -> None:
    found = agents_needed(
        calls=100, mean_talk_seconds=180, interval_seconds=1800, target_seconds=20, target_percent=80
    )
    answered, wait, _ = simulated(found.agents, 100 / 1800, 180, None, 20, 400_000)
    assert found.expected_percent / 100 == pytest.approx(answered, abs=0.006)
    assert found.mean_wait_seconds == pytest.approx(wait, rel=0.06)


@pytest.mark.parametrize(("agents", "patience"), [(12, 90), (8, 45), (10, 400)])
def test_a_simulated_hotline_of_impatient_callers_comes_out_alike(agents: int, patience: float) -> None:
    answered, wait, gone = simulated(agents, 100 / 1800, 180, patience, 20, 300_000)
    found = impatient_outcome(agents=agents, rate=100 / 1800, talk=180, patience=patience, within=20)
    assert found[0] == pytest.approx(answered, abs=0.006)
    assert found[2] == pytest.approx(wait, rel=0.04)
    assert found[3] == pytest.approx(gone, abs=0.004)


@pytest.mark.parametrize("calls", [5, 100, 2_000])
def test_endless_patience_is_erlang_c(calls: int) -> None:
    asked = {
        "calls": calls, "mean_talk_seconds": 180, "interval_seconds": 1800, "target_seconds": 20, "target_percent": 80
    }  # fmt: skip
    patient, nearly = agents_needed(**asked), agents_needed(**asked, patience_seconds=1e7)
    assert nearly.agents == patient.agents
    assert nearly.expected_percent == pytest.approx(patient.expected_percent, abs=0.01)
    assert nearly.mean_wait_seconds == pytest.approx(patient.mean_wait_seconds, rel=0.01)
    assert nearly.abandoned_percent < 0.01


@pytest.mark.parametrize("patience", [None, 30, 180, 3_600])
def test_thousands_of_agents_are_reckoned_without_overflow_and_with_less_slack(
    patience: float | None,
) -> None:
    found = agents_needed(
        calls=60_000, mean_talk_seconds=240, interval_seconds=1800, target_seconds=20, target_percent=80,
        patience_seconds=patience,
    )  # fmt: skip
    # 8,000 erlangs; where a fifth hangs up, 6,400 agents are enough for the other four fifths.
    assert 6_400 <= found.agents < 8_200
    assert 80 <= found.expected_percent < 90
    assert 0.95 < found.occupancy <= 1
    assert found.agents >= 8_000 * (1 - found.abandoned_percent / 100)


def test_far_too_few_agents_answer_what_they_can() -> None:
    """In overload the agents are never idle, and whoever they cannot answer hangs up."""
    answered, occupancy, wait, gone = impatient_outcome(
        agents=100, rate=10, talk=100, patience=60, within=3_600
    )
    assert occupancy == pytest.approx(1)
    assert gone == pytest.approx(0.9)
    assert answered == pytest.approx(0.1, abs=1e-6)
    assert wait == pytest.approx(0.9 * 60)


def test_nobody_calls_and_nobody_is_needed() -> None:
    found = agents_needed(
        calls=0, mean_talk_seconds=180, interval_seconds=1800, target_seconds=20, target_percent=80
    )
    assert (found.agents, found.rostered, found.expected_percent) == (0, 0, 100)


@pytest.mark.parametrize(
    "wrong",
    [{"calls": -1}, {"calls": math.nan}, {"mean_talk_seconds": 0}, {"target_percent": 100}, {"target_seconds": -1},
     {"patience_seconds": 0}, {"shrinkage_percent": 100}, {"calls": 10**9}, {"interval_seconds": 0}],
)  # fmt: skip
def test_what_cannot_be_reckoned_is_refused(wrong: dict) -> None:
    asked = {
        "calls": 100, "mean_talk_seconds": 180, "interval_seconds": 1800, "target_seconds": 20, "target_percent": 80
    }  # fmt: skip
    with pytest.raises(ValueError, match=r"is|number|agents"):
        agents_needed(**{**asked, **wrong})
