"""Write what key moments do: who stays, what it costs, and what those who stay are worth (CARE-38), with a picture."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext

from upheld.faces.moments import words
from upheld.records.moments.queries import Effect, effects

FEWEST = 10
"""Below so many talks a share says nothing."""


@dataclass(frozen=True)
class EffectRow:
    """One kind of moment, or all; `share` is None where the talks are too few for one."""

    name: str
    effect: Effect

    @property
    def share(self) -> float | None:
        """Give the share of those who stay among those reached."""
        return self.effect.stays / self.effect.reached if self.effect.reached >= FEWEST else None

    @property
    def cost(self) -> str:
        """Write what it cost, in yuan."""
        return f"{self.effect.cost_fen / 100:,.0f}"

    @property
    def kept(self) -> str:
        """Write what those who stay are billed a month, in yuan."""
        return f"{self.effect.kept_fen / 100:,.0f}"

    @property
    def value(self) -> str:
        """Write what a yuan spent keeps a month; empty where nothing was spent."""
        return f"{self.effect.kept_fen / self.effect.cost_fen:.1f}" if self.effect.cost_fen else ""


def effect_page(
    *, from_date: date, until_date: date, employee_ids: Collection[int] | None
) -> dict[str, Any] | None:
    """Give the table by kind of moment, the sum, and the bars; None where nothing was sent."""
    found = effects(from_date=from_date, until_date=until_date, employee_ids=employee_ids)
    if not found:
        return None
    rows = [EffectRow(words.name_of(one.moment), one) for one in found]
    return {
        "rows": rows,
        "total": EffectRow(gettext("All"), _sum(found)),
        "chart": _chart(rows),
        "fewest": FEWEST,
    }


def _sum(found: Iterable[Effect]) -> Effect:
    rows = list(found)
    names = [name for name in Effect.__dataclass_fields__ if name != "moment"]
    return Effect(moment="", **{name: sum(getattr(one, name) for one in rows) for name in names})


def _chart(rows: Iterable[EffectRow]) -> dict[str, Any]:
    """Lay the bars out: of what was sent, how many stay, think, leave, or are not reached yet."""
    shown = list(rows)
    effects_ = [one.effect for one in shown]
    parts = (
        (words.DECISIONS["stays"], "kept", [one.stays for one in effects_]),
        (words.DECISIONS["thinks"], "late", [one.thinks for one in effects_]),
        (words.DECISIONS["leaves"], "broken", [one.leaves for one in effects_]),
        (
            gettext("not reached yet"),
            "open",
            [one.sent - one.stays - one.thinks - one.leaves for one in effects_],
        ),
    )
    return {
        "labels": [one.name for one in shown],
        "series": [{"name": str(name), "tone": tone, "data": data} for name, tone, data in parts],
        "unit": "",
    }
