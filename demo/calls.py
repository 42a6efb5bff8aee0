"""Write what the made-up hotline's telephone system would have written: a queue_log of the past weeks.

Calls come by the hour of the day and the day of the week; with too few agents at noon some wait longer and give up, so
that the answer rate has something to show.
"""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
QUEUE = "10000"
BY_HOUR = (2, 1, 1, 1, 1, 2, 4, 9, 18, 24, 26, 24, 20, 19, 22, 23, 22, 20, 17, 15, 13, 10, 6, 3)
"""How many calls an hour brings on a working day."""
WEEKS = 5


def write_queue_log(
    folder: Path, *, seed: int, people: int, now: datetime, since: date | None = None
) -> Path | None:
    """Write the file of the days from `since` (left out: WEEKS before) until now; None where it would be empty."""
    today = now.astimezone(ZONE).date()
    first = max(since, today - timedelta(weeks=WEEKS)) if since else today - timedelta(weeks=WEEKS)
    lines: list[tuple[float, str]] = []
    day = first
    while day <= today:
        lines += _day(random.Random(f"{seed}:calls:{day}"), day, now, share=min(people / 6_000, 1.0))
        day += timedelta(days=1)
    if not lines:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "queue_log"
    file.write_text("".join(f"{line}\n" for _, line in sorted(lines)), encoding="utf-8")
    return file


def _day(chance: random.Random, day: date, now: datetime, *, share: float) -> list[tuple[float, str]]:
    busy = 0.6 if day.weekday() >= 5 else 1.0
    found: list[tuple[float, str]] = []
    for hour, calls in enumerate(BY_HOUR):
        for _ in range(int(calls * share * busy * chance.uniform(0.8, 1.2) + chance.random())):
            begin = datetime.combine(day, time(hour), ZONE) + timedelta(seconds=chance.randrange(3600))
            found += _call(chance, begin, strained=hour in (12, 13, 21), now=now)
    return found


def _call(
    chance: random.Random, begin: datetime, *, strained: bool, now: datetime
) -> list[tuple[float, str]]:
    wait = round(chance.expovariate(1 / (26 if strained else 7)))
    patience = round(chance.expovariate(1 / 150)) + 10
    talk = round(chance.lognormvariate(5.1, 0.6))
    if begin + timedelta(seconds=min(wait, patience) + talk) >= now:
        return []
    at, call = begin.timestamp(), f"{begin.timestamp():.0f}.{chance.randrange(100_000)}"
    agent = f"SIP/agent{chance.randrange(1, 7)}"
    rows = [(at, f"{call}|{QUEUE}|NONE|ENTERQUEUE||1990000{chance.randrange(10_000):04}|1")]
    if wait > patience:
        rows.append((at + patience, f"{call}|{QUEUE}|NONE|ABANDON|1|1|{patience}"))
    else:
        rows.append((at + wait, f"{call}|{QUEUE}|{agent}|CONNECT|{wait}|{call}|2"))
        ended = "COMPLETECALLER" if chance.random() < 0.7 else "COMPLETEAGENT"
        rows.append((at + wait + talk, f"{call}|{QUEUE}|{agent}|{ended}|{wait}|{talk}|1"))
    return [(instant, f"{instant:.0f}|{rest}") for instant, rest in rows]
