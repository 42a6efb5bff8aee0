"""Made-up standards for random lives: the same few clauses, each edition with limits, pauses and days off of its own.

A row here is a plain dictionary. The same dictionaries are written as the YAML that is activated and read by the
minute-walk, so that the two share what was written and no code that counts.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

KINDS = ("enquiry", "order", "mas_adc_installation")
HOURS = ("08:30-12:00, 13:30-18:00", "09:00-17:00")
WAITS = ("customer", "third_party", "force_majeure")
CALL_BACK = "RL-9"

# What may stand in an edition: the clause, the cases, other conditions, the event. Several give the same event, as a
# company's promise and the law's do.
SLOTS: tuple[dict[str, Any], ...] = (
    {"clause": "RL-1", "when": {"case": "enquiry"}, "stops_at": "first_answer"},
    {"clause": "RL-1", "when": {"case": "order", "card": "gold"}, "stops_at": "first_answer"},
    {"clause": "RL-2", "when": {"case": ["enquiry", "order"], "area": "urban"}, "stops_at": "settled"},
    {"clause": "RL-2", "when": {"case": ["enquiry", "order"], "area": "rural"}, "stops_at": "settled"},
    {"clause": "RL-3", "when": {"case": "order"}, "stops_at": "in_force"},
    {"clause": "RL-3", "when": {"case": "enquiry", "card": "gold"}, "stops_at": "settled"},
    {"clause": "RL-4", "when": {"case": "mas_adc_installation"}, "stops_at": "pre_accepted"},
    {
        "clause": "RL-4",
        "when": {"case": "mas_adc_installation"},
        "starts_at": "pre_accepted",
        "stops_at": "user_opened",
    },
    {
        "clause": "RL-4",
        "when": {"case": "mas_adc_installation"},
        "starts_at": "user_opened",
        "stops_at": "server_configured",
    },
    {"clause": "RL-5", "when": {"case": ["order", "mas_adc_installation"]}, "stops_at": "first_answer"},
    {"clause": "RL-6", "when": {"area": "urban", "case": "order"}, "stops_at": "in_force"},
    {"clause": "RL-7", "when": {"card": "gold", "case": ["order", "enquiry"]}, "stops_at": "first_answer"},
)
LIMITS = (
    {"minutes": 45}, {"hours": 2}, {"hours": 12}, {"hours": 48}, {"days": 3},
    {"working_hours": 1}, {"working_hours": 6}, {"working_hours": 20},
    {"working_days": 1}, {"working_days": 2}, {"working_days": 5},
)  # fmt: skip


@dataclass(frozen=True)
class Made:
    """An edition as it was written: its rows, the hours of business, the days off and the weekend days worked."""

    number: int
    rows: tuple[dict[str, Any], ...]
    hours: str
    days_off: frozenset[date]
    worked: frozenset[date]


def make(number: int, chance: random.Random) -> Made:
    """Draw an edition."""
    rows: list[dict[str, Any]] = []
    for slot in SLOTS:
        stage_before = slot.get("starts_at")
        if chance.random() < 0.15 or (
            stage_before and not any(row["stops_at"] == stage_before for row in rows)
        ):
            continue
        pauses = [reason for reason in WAITS if chance.random() < 0.4]
        row = {
            **slot,
            "limit": dict(chance.choice(LIMITS)),
            "confidence": chance.choice(["stated", "inferred"]),
        }
        rows.append(row | ({"pauses": pauses} if pauses else {}))
    march = [date(2026, 3, 1) + timedelta(days=n) for n in range(45)]
    weekdays = [day for day in march if day.weekday() < 5]
    weekend = [day for day in march if day.weekday() >= 5]
    off, worked = frozenset(chance.sample(weekdays, 4)), frozenset(chance.sample(weekend, 3))
    return Made(number, tuple(rows), chance.choice(HOURS), off, worked)


def write(made: Made, folder: Path) -> Path:
    """Write an edition as a folder of standards."""
    standard, calendar = folder / "made", folder / "_calendars" / "works"
    (standard / "rules").mkdir(parents=True)
    calendar.mkdir(parents=True)
    words = {"zh": "示例", "en": "Example"}
    clauses = [f"RL-{n}" for n in range(1, 10)]
    used = {row["clause"] for row in made.rows}
    _dump(
        standard / "standard.yaml",
        {
            "id": "RL",
            "title": words,
            "issuer": words,
            "time_zone": "Asia/Shanghai",
            "source": f"Made up, number {made.number}",
            "in_force": {"from": date(2005, 1, 1)},
        },
    )
    plain = {"kind": "target", "title": words, "text": words, "locator": "1"}
    idle = {"status": "guidance", "why_not": words, "responsible": "hotline_agent", "shown_on": ["hotline"]}
    _dump(
        standard / "clauses.yaml",
        [
            {"id": one, **plain, **({"status": "executable"} if one in used | {"RL-8"} else idle)}
            for one in clauses
        ],
    )
    _dump(standard / "readings.yaml", [])
    _dump(standard / "parameters.yaml", [])
    tables: list[dict[str, Any]] = [
        {
            "table": clause.lower(),
            "kind": "clock",
            "take": "all",
            "rows": [
                {**row, "calendar": "works"} if next(iter(row["limit"])).startswith("working") else row
                for row in made.rows
                if row["clause"] == clause
            ],
        }
        for clause in sorted(used)
    ]
    hours = {"clause": "RL-8", "hours": made.hours, "calendar": "works"}
    tables.append({"table": "hours-of-business", "kind": "business_hours", "clause": "RL-8", "rows": [hours]})
    _dump(standard / "rules" / "deadlines.yaml", tables)
    off = [{"from": day, "until": day + timedelta(days=1), "holiday": words} for day in sorted(made.days_off)]
    year = {"year": 2026, "source": "made up", "days_off": off, "make_up_workdays": sorted(made.worked)}
    _dump(calendar / "2026.yaml", year)
    return folder


def _dump(path: Path, content: Any) -> None:
    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    path.write_text(yaml.dump(content, Dumper=Plain, allow_unicode=True, sort_keys=False), encoding="utf-8")
