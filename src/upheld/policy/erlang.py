"""How many agents a hotline needs: Erlang C where callers wait for ever, Erlang A where they lose patience.

Both take calls that come at random (Poisson), talks and patience of exponential length, one queue served in turn.

Erlang C: the chance that a caller waits comes from Erlang B by its recursion, which neither overflows nor loses digits.
Erlang A (Palm; Garnett, Mandelbaum and Reiman): the chances of every number of callers are found step by step outwards
from the likeliest one, so that no term overflows, however many agents. A caller who finds all n agents busy and j
callers ahead is answered if j + 1 places fall free before patience ends; the places fall free at the rates
n/talk + i/patience, so the chance of that within a time is an incomplete beta function with whole steps.

The share answered in time is of all who asked: who hangs up counts as not answered, as clause CT-21 is read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

MOST_AGENTS = 100_000
"""Beyond that the question is mistyped."""

_NEGLIGIBLE = 1e-17


@dataclass(frozen=True)
class StaffingAnswer:
    """How many agents are needed on the phones, and how it then goes.

    `rostered` adds those who are away (shrinkage). Percentages are of all calls; `mean_wait_seconds` is over all calls.
    """

    agents: int
    rostered: int
    expected_percent: float
    occupancy: float
    mean_wait_seconds: float
    abandoned_percent: float


@dataclass(frozen=True)
class _Outcome:
    within: float
    occupancy: float
    mean_wait: float
    abandoned: float


def agents_needed(
    *,
    calls: float,
    mean_talk_seconds: float,
    interval_seconds: float,
    target_seconds: float,
    target_percent: float,
    patience_seconds: float | None = None,
    shrinkage_percent: int = 0,
) -> StaffingAnswer:
    """Return the fewest agents with whom at least `target_percent` of the calls are answered in `target_seconds`.

    `calls` come in an interval. Without `patience_seconds` callers wait for ever. `shrinkage_percent` is the part of
    the rostered time in which an agent is not on the phones. Raises ValueError for numbers that mean nothing.
    """
    _check(calls, mean_talk_seconds, interval_seconds, target_seconds, target_percent, patience_seconds)
    if not 0 <= shrinkage_percent < 100:
        raise ValueError("shrinkage is a percentage from 0, below 100")
    if calls == 0:
        return StaffingAnswer(0, 0, 100.0, 0.0, 0.0, 0.0)
    rate = calls / interval_seconds
    if patience_seconds is None:
        agents, outcome = _fewest_patient(rate, mean_talk_seconds, target_seconds, target_percent / 100)
    else:
        agents, outcome = _fewest_impatient(
            rate, mean_talk_seconds, patience_seconds, target_seconds, target_percent / 100
        )
    rostered = -(-agents * 100 // (100 - shrinkage_percent))
    return StaffingAnswer(
        agents, rostered, 100 * outcome.within, outcome.occupancy, outcome.mean_wait, 100 * outcome.abandoned
    )


def _check(
    calls: float, talk: float, interval: float, seconds: float, percent: float, patience: float | None
) -> None:
    for name, value, least in (
        ("calls", calls, 0),
        ("mean talk", talk, None),
        ("interval", interval, None),
        ("target seconds", seconds, 0),
        ("patience", 1 if patience is None else patience, None),
    ):
        if not math.isfinite(value) or (value <= 0 if least is None else value < least):
            raise ValueError(f"{name}: {value} is not a number {'above 0' if least is None else 'from 0'}")
    if not 0 <= percent < 100:
        raise ValueError(
            f"target percent: {percent} is not from 0 and below 100; nobody can answer every call in time"
        )
    if calls * talk / interval > MOST_AGENTS / 2:
        raise ValueError(f"so many calls would need more than {MOST_AGENTS // 2} agents")


# --- callers who wait for ever: Erlang C ---


def chance_of_waiting(*, agents: int, load: float) -> float:
    """Return the chance that a call has to wait (Erlang C); 1 where the agents cannot keep up with the load."""
    if load >= agents:
        return 1.0
    lost = 1.0
    for n in range(1, agents + 1):
        lost = load * lost / (n + load * lost)
    return _waits(agents, load, lost)


def _waits(agents: int, load: float, lost: float) -> float:
    """Turn Erlang B (`lost`) into Erlang C."""
    return agents * lost / (agents - load * (1 - lost))


def _fewest_patient(rate: float, talk: float, within: float, share: float) -> tuple[int, _Outcome]:
    load = rate * talk
    lost = 1.0
    for agents in range(1, MOST_AGENTS + 1):
        lost = load * lost / (agents + load * lost)
        if agents <= load:
            continue
        waits = _waits(agents, load, lost)
        answered = 1 - waits * math.exp(-(agents - load) * within / talk)
        if answered >= share:
            mean_wait = waits * talk / (agents - load)
            return agents, _Outcome(answered, load / agents, mean_wait, 0.0)
    raise ValueError(f"no number of agents up to {MOST_AGENTS} reaches the target")


# --- callers who lose patience: Erlang A ---


def impatient_outcome(
    *, agents: int, rate: float, talk: float, patience: float, within: float
) -> tuple[float, float, float, float]:
    """Return, for some agents, the share answered within a time, occupancy, mean wait and the share that hangs up.

    `rate` is calls a second; the times are in seconds.
    """
    found = _impatient(agents, rate, talk, patience, within)
    return found.within, found.occupancy, found.mean_wait, found.abandoned


def _fewest_impatient(
    rate: float, talk: float, patience: float, within: float, share: float
) -> tuple[int, _Outcome]:
    low, high = 1, max(1, math.ceil(rate * talk))
    found = _impatient(high, rate, talk, patience, within)
    while found.within < share:
        if high >= MOST_AGENTS:
            raise ValueError(f"no number of agents up to {MOST_AGENTS} reaches the target")
        low, high = high + 1, min(2 * high + 2, MOST_AGENTS)
        found = _impatient(high, rate, talk, patience, within)
    # More agents never answer fewer calls in time, so the fewest are found by halving.
    while low < high:
        middle = (low + high) // 2
        tried = _impatient(middle, rate, talk, patience, within)
        if tried.within >= share:
            high, found = middle, tried
        else:
            low = middle + 1
    return high, found


def _impatient(agents: int, rate: float, talk: float, patience: float, within: float) -> _Outcome:
    below, waiting = _chances(agents, rate, talk, patience)
    in_time = _answered_in_time(len(waiting), agents / talk, 1 / patience, within)
    answered = below + math.fsum(chance * reached for chance, reached in zip(waiting, in_time, strict=True))
    queue = math.fsum(ahead * chance for ahead, chance in enumerate(waiting))
    mean_wait = queue / rate
    abandoned = mean_wait / patience
    return _Outcome(min(answered, 1.0), rate * (1 - abandoned) * talk / agents, mean_wait, abandoned)


def _chances(agents: int, rate: float, talk: float, patience: float) -> tuple[float, list[float]]:
    """Return the chance that an agent is free, and the chances that all are busy and j callers wait, j from 0."""

    def leaves(callers: int) -> float:
        """Return how fast callers leave, answered or not, when so many are there."""
        return min(callers, agents) / talk + max(callers - agents, 0) / patience

    if leaves(agents) >= rate:
        top = int(rate * talk)
    else:
        top = agents + int((rate - agents / talk) * patience)
    below, above = [1.0], []
    chance = 1.0
    for callers in range(top, 0, -1):
        chance *= leaves(callers) / rate
        if chance < _NEGLIGIBLE:
            break
        below.append(chance)
    chance = 1.0
    callers = top
    while True:
        callers += 1
        chance *= rate / leaves(callers)
        if chance < _NEGLIGIBLE and callers >= agents:
            break
        above.append(chance)
    first = top - len(below) + 1
    chances = [*reversed(below), *above]
    whole = math.fsum(chances)
    busy = max(agents - first, 0)
    free = math.fsum(chances[:busy]) / whole
    waiting = [chance / whole for chance in chances[busy:]]
    return free, [0.0] * max(first - agents, 0) + waiting


def _answered_in_time(places: int, free_rate: float, leave_rate: float, within: float) -> list[float]:
    """Return the chance to be answered within a time, with patience, for each number of callers ahead, from 0.

    With j callers ahead the chance to be answered at all is x / (x + j + 1), x = free_rate / leave_rate; the time it
    then takes is within t with the chance I(1 - exp(-leave_rate t); j + 1, x + 1), the regularised incomplete beta
    function, whose steps from j to j + 1 are taken in logarithms.
    """
    x = free_rate / leave_rate
    b = x + 1
    log_stay = -leave_rate * within  # the logarithm of 1 - z
    z = -math.expm1(log_stay)
    if z <= 0.0:
        return [0.0] * places
    log_z = math.log(z)
    chance = -math.expm1(b * log_stay)
    log_step = log_z + b * log_stay + math.log(b)
    found = []
    for ahead in range(places):
        found.append(max(chance, 0.0) * x / (x + ahead + 1))
        if chance > 0.0:
            a = ahead + 1
            chance -= math.exp(log_step)
            log_step += log_z + math.log((a + b) / (a + 1))
    return found
