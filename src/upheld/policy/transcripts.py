"""Transcripts as they come in: turns with times and holds, read with every fault named by its place and a remedy.

Seconds become whole milliseconds, so that limits are compared exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from upheld.policy.problems import BadFacts, nearest

SPEAKERS = ("agent", "customer")


class Turn(NamedTuple):
    """One turn of a call; times in milliseconds from the call's start."""

    who: str
    start: int
    end: int
    text: str


class Hold(NamedTuple):
    """One hold, in milliseconds; `asked` and `thanked` are None where nobody knows."""

    start: int
    end: int
    asked: bool | None
    thanked: bool | None


def read_milliseconds(value: Any) -> int:
    """Read seconds from 0 (a number, fractions to the millisecond); raises ValueError."""
    kind = type(value)
    if kind is int:
        if value >= 0:
            return int(value) * 1000
    elif kind is float or kind is Decimal:
        if value == value and 0 <= value < 10**9:
            return round(value * 1000)
    else:
        raise ValueError(f"{value!r} is not a number of seconds; write seconds from the call's start")
    raise ValueError(f"{value} is not a time of the call; write seconds from the call's start, 0 or more")


def read_turns(raw: Any) -> tuple[Turn, ...]:
    """Read the turns of a call, in the order of their starts; raises `BadFacts` naming every fault.

    A message begins with the place in the list, `[3].start: `. Agent and customer may talk at once; one speaker cannot.
    """
    faults: list[str] = []
    found: list[Turn] = []
    last: dict[str, tuple[int, int]] = {}
    before = 0
    for place, item in enumerate(_items(raw, faults)):
        turn = _turn(place, item, faults)
        if turn is None:
            continue
        who, start, end, _ = turn
        if start < before:
            faults.append(
                f"[{place}].start: {_shown(start)} is before the start of the turn above, {_shown(before)}; "
                "put the turns in the order of their starts"
            )
        elif who in last and start < last[who][0]:
            own_end, own = last[who]
            faults.append(
                f"[{place}].start: {_shown(start)} is before the same {who}'s turns[{own}] ends, {_shown(own_end)}; "
                "join the two turns or mend their times"
            )
        before = max(before, start)
        last[who] = max(last.get(who, (0, 0)), (end, place))
        found.append(turn)
    if faults:
        raise BadFacts(faults)
    return tuple(found)


def _turn(place: int, item: Any, faults: list[str]) -> Turn | None:
    try:  # the common case, at full speed
        who, text = item["who"], item["text"]
        start, end = read_milliseconds(item["start"]), read_milliseconds(item["end"])
        if who in SPEAKERS and end >= start and type(text) is str and len(item) == 4 and text.strip():
            return Turn(who, start, end, text)
    except (TypeError, KeyError, ValueError):
        pass
    name = f"[{place}]"
    if not _is_mapping(name, item, ("who", "start", "end", "text"), faults):
        return None
    count = len(faults)
    who, text = item.get("who"), item.get("text")
    if who not in SPEAKERS:
        faults.append(
            f"{name}.who: {_given(who)} is not one of {', '.join(SPEAKERS)}{_near(who)}; say who speaks"
        )
    if not isinstance(text, str) or not text.strip():
        faults.append(
            f"{name}.text: {_given(text)} is not what was said; give the words, or leave the turn out"
        )
    times = _times(name, item, faults)
    return Turn(str(who), *times, str(text)) if times is not None and len(faults) == count else None


def read_holds(raw: Any) -> tuple[Hold, ...]:
    """Read the holds of a call, in the order of their starts; raises `BadFacts` naming every fault."""
    faults: list[str] = []
    found: list[Hold] = []
    before = 0
    for place, item in enumerate(_items(raw, faults)):
        name = f"[{place}]"
        if not _is_mapping(name, item, ("start", "end", "asked", "thanked"), faults):
            continue
        for key in ("asked", "thanked"):
            if item.get(key) is not None and not isinstance(item[key], bool):
                faults.append(
                    f"{name}.{key}: {_given(item[key])} is not true or false; leave it out where unknown"
                )
        times = _times(name, item, faults)
        if times is None:
            continue
        if times[0] < before:
            faults.append(
                f"{name}.start: {_shown(times[0])} is before the hold above ends, {_shown(before)}; "
                "join the two holds or mend their times"
            )
        before = max(before, times[1])
        found.append(Hold(*times, item.get("asked"), item.get("thanked")))
    if faults:
        raise BadFacts(faults)
    return tuple(found)


def _items(raw: Any, faults: list[str]) -> list[Any]:
    if isinstance(raw, (list, tuple)):
        return list(raw)
    faults.append(f"{_given(raw)} is not a list; write [{{...}}, ...]")
    return []


def _is_mapping(name: str, item: Any, keys: tuple[str, ...], faults: list[str]) -> bool:
    if not isinstance(item, Mapping):
        faults.append(f"{name}: {_given(item)} is not an object; write {{{', '.join(keys)}}}")
        return False
    for key in item:
        if key not in keys:
            faults.append(f"{name}.{key}: unknown key{nearest(key, keys)}; use {', '.join(keys)}")
    return True


def _times(name: str, item: Mapping[str, Any], faults: list[str]) -> tuple[int, int] | None:
    found: list[int] = []
    for key in ("start", "end"):
        if item.get(key) is None:
            faults.append(f"{name}.{key}: missing; write seconds from the call's start")
            continue
        try:
            found.append(read_milliseconds(item[key]))
        except ValueError as error:
            faults.append(f"{name}.{key}: {error}")
    if len(found) < 2:
        return None
    if found[1] < found[0]:
        faults.append(f"{name}.end: {item['end']} is before its start, {item['start']}; time runs forward")
        return None
    return found[0], found[1]


def _given(value: Any) -> str:
    if value is None:
        return "nothing"
    shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:37]}..."


def _near(who: Any) -> str:
    return nearest(who, SPEAKERS) if isinstance(who, str) else ""


def _shown(milliseconds: int) -> str:
    return f"{milliseconds / 1000:g}"


READERS: dict[str, Callable[[Any], Any]] = {
    "turns": read_turns,
    "holds": read_holds,
    "seconds": read_milliseconds,
}
"""How the facts of a call are read, by the kind of fact."""
