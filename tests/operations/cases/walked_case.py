"""What a whole case owes, told act by act with the sheets of its clocks (`minute_walk.py`).

The rules are those of docs/decisions/0012 and 0015, written once more from their words.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from .minute_walk import ENDS, Given, Paper, Sheet


class WalkedCase:
    """A case, its clocks in the order in which they began, and the acts that move them."""

    def __init__(self, paper: Paper, facts: dict[str, Any], at: int) -> None:
        self.opened, self.facts, self.batch = at, dict(facts), 0
        self.waits_for = ""
        self.standing: list[tuple[int, str]] = [(at, "goes")]
        """From which minute the case went on, waited for something, or was over."""
        self.reached: dict[str, int] = {}
        self.sheets: list[Sheet] = []
        for given in self._given(paper, {}):
            self._begin(given)

    # --- acts --------------------------------------------------------------------------------------

    def wait(self, reason: str, at: int) -> None:
        self._next(at, reason)
        self.waits_for = reason
        for sheet in self._running():
            self._stand_if_it_may(sheet, at)

    def go_on(self, at: int) -> None:
        self._next(at, "goes")
        self.waits_for = ""
        for sheet in self._going():
            if not sheet.runs:
                sheet.run_on("resumed", at, sheet.last.used)

    def reach(self, event: str, at: int) -> None:
        self._next(at)
        for sheet in self._going():
            if sheet.given.row["stops_at"] == event:
                sheet.stop(at)
        self.reached[event] = at
        if not self.sheets:
            return
        begun_before = {sheet.given.name for sheet in self.sheets}
        for given in self._given(self.sheets[-1].given.paper, self.reached):
            late_stage = given.row.get("starts_at") == event and given.row["stops_at"] not in self.reached
            if late_stage and given.name not in begun_before:
                sheet = self._begin(given)
                self._stand_if_it_may(sheet, at)

    def settle(self, at: int) -> None:
        self._next(at, "over")
        self.waits_for = ""
        for sheet in self._going():
            sheet.stop(at)
            self.reached.setdefault(sheet.given.row["stops_at"], at)

    def withdraw(self, at: int) -> None:
        self._next(at, "over")
        self.waits_for = ""
        for sheet in self._going():
            sheet.cancel(at)
            sheet.last.waits_for = "withdrawn"

    def close(self, at: int) -> None:
        self._next(at, "over")

    def reopen(self, at: int) -> None:
        self._next(at, "goes")
        newest = list({sheet.given.name: sheet for sheet in self.sheets}.values())
        owed = [one for one in newest if one.state == "cancelled" and one.last.waits_for == "withdrawn"]
        kept = [one for one in newest if one.state == "kept"]
        has_ends = any(one.given.row["stops_at"] in ENDS and one.state != "cancelled" for one in newest)
        if has_ends or owed:
            owed += [one for one in kept if one.given.row["stops_at"] in ENDS]
        elif kept:
            last = max(one.last.at for one in kept)
            owed += [one for one in kept if one.last.at == last]
        for old in sorted(owed, key=lambda one: (one.given.paper.made.number, self.sheets.index(one))):
            sheet = Sheet(old.given, old.turn + 1, self.batch, before=old.ran(at))
            self.reached.pop(old.given.row["stops_at"], None)
            self.sheets.append(sheet)
            sheet.run_on("restarted", at, old.last.used)

    def waive(self, sheet: Sheet, at: int) -> None:
        self._next(at)
        sheet.state, sheet.ended, sheet.late = "waived", at, False
        if not sheet.is_over:
            sheet.cancel(at)

    def sweep(self, at: int) -> None:
        """Break what has run out; whether anybody does so early or late must not matter."""
        for sheet in self.sheets:
            if sheet.state == "open" and sheet.has_run_out(at):
                sheet.breaks()

    def note(self, at: int) -> None:
        self._next(at)

    def recount(self, paper: Paper, facts: dict[str, Any], at: int, *, always: bool = False) -> bool:
        """Count anew by an edition and the facts as they are now; say whether anything changed."""
        before, self.facts = self.facts, dict(facts)
        done_with = {
            name
            for name, sheet in {one.given.name: one for one in self.sheets}.items()
            if sheet.is_over and sheet.state in ("waived", "broken")
        }
        given = [one for one in self._given(paper, self.reached) if one.name not in done_with]
        running = self._going()
        pairs, new = self._places(running, given)
        changes: list[tuple[Sheet, Given | None]] = []
        for sheet, other in pairs:
            if sheet.state != "open" or sheet.has_run_out(at):
                continue  # broken: it stays as it is until its event is reached
            if other is None or not self._is_same(sheet, other, at):
                changes.append((sheet, other))
        if not (changes or new or always):
            self.facts = before
            return False
        self._next(at)
        begun: list[tuple[Given, int, int, list[tuple[int, int]], str]] = []
        for one in new:
            before_it = self._went(one.started, at, one.row.get("pauses", ()))
            used = sum(one.walk(since, until) for since, until in before_it)
            begun.append((one, self._next_turn(one), used, before_it, "started"))
        for sheet, other in changes:
            if other is not None:
                other = Given(other.row, other.paper, sheet.given.started)
                same_clause = other.row["clause"] == sheet.given.row["clause"]
                turn = sheet.turn if same_clause else self._next_turn(other)
                begun.append((other, turn, self._used_anew(sheet, other, at), sheet.ran(at), "recounted"))
        for sheet, _ in changes:
            sheet.cancel(at)
        for one, turn, used, spans, what in begun:
            sheet = Sheet(one, turn, self.batch, before=spans)
            self.sheets.append(sheet)
            sheet.run_on(what, at, used)
            self._stand_if_it_may(sheet, at, what)
        return True

    # --- what the acts rest on ---------------------------------------------------------------------

    def _next(self, at: int, condition: str = "") -> None:
        self.batch += 1
        if condition:
            self.standing.append((at, condition))

    def _going(self) -> list[Sheet]:
        return [sheet for sheet in self.sheets if not sheet.is_over]

    def _running(self) -> list[Sheet]:
        return [sheet for sheet in self._going() if sheet.runs]

    def _stand_if_it_may(self, sheet: Sheet, at: int, what: str = "paused") -> None:
        if self.waits_for and self.waits_for in sheet.given.row.get("pauses", ()):
            if sheet.state == "open" and sheet.has_run_out(at):
                sheet.breaks()
            used = sheet.used(at)
            if what != "paused":
                sheet.lines.pop()
            sheet.stand(what, at, used, self.waits_for)

    def _begin(self, given: Given) -> Sheet:
        sheet = Sheet(given, self._next_turn(given), self.batch)
        self.sheets.append(sheet)
        sheet.run_on("started", given.started, 0)
        return sheet

    def _next_turn(self, given: Given) -> int:
        turns = [one.turn for one in self.sheets if one.given.name == given.name and one.state != "cancelled"]
        return max(turns, default=0) + 1

    def _given(self, paper: Paper, reached: dict[str, int]) -> list[Given]:
        """Find the clocks that have begun and whose event is not reached, the earliest due first."""
        found = []
        for row in paper.made.rows:
            starts_at = row.get("starts_at", "opened")
            if row["stops_at"] in reached or not (starts_at == "opened" or starts_at in reached):
                continue
            if all(self.facts.get(fact) in _several(values) for fact, values in row["when"].items()):
                found.append(Given(row, paper, self.opened if starts_at == "opened" else reached[starts_at]))
        return sorted(found, key=lambda one: (one.due(one.started, one.whole), *one.name))

    @staticmethod
    def _places(
        running: list[Sheet], given: list[Given]
    ) -> tuple[list[tuple[Sheet, Given | None]], list[Given]]:
        """Put clocks in the place of others: of the same clause and event first, then of the same event."""
        left, exact, rest = list(given), [], []
        for sheet in running:
            same = [one for one in left if one.name == sheet.given.name]
            if same:
                left.remove(same[0])
                exact.append((sheet, same[0]))
            else:
                rest.append(sheet)
        placed: list[tuple[Sheet, Given | None]] = [*exact]
        for sheet in rest:
            near = [one for one in left if one.row["stops_at"] == sheet.given.row["stops_at"]]
            if near:
                left.remove(near[0])
            placed.append((sheet, near[0] if near else None))
        return placed, left

    def _is_same(self, sheet: Sheet, other: Given, at: int) -> bool:
        old = sheet.given
        for fact in ("clause", "confidence"):
            if old.row[fact] != other.row[fact]:
                return False
        if (old.unit, old.whole, old.row.get("pauses", [])) != (
            other.unit,
            other.whole,
            other.row.get("pauses", []),
        ):
            return False
        if old.unit == "continuous":
            return True
        if old.paper.made.hours != other.paper.made.hours:
            return False
        if not sheet.runs:
            return old.paper.business == other.paper.business
        anew = Given(other.row, other.paper, old.started)
        return anew.due(at, anew.whole - sheet.used(at)) == sheet.due

    @staticmethod
    def _used_anew(sheet: Sheet, other: Given, at: int) -> int:
        if (sheet.given.unit == "continuous") == (other.unit == "continuous"):
            return sheet.used(at)
        return sum(other.walk(since, until) for since, until in sheet.ran(at))

    def _went(self, since: int, until: int, pauses: Any) -> list[tuple[int, int]]:
        """Give the stretches in which a clock with such pauses would have run."""
        spans = []
        for (begin, condition), (end, _) in pairwise([*self.standing, (until, "")]):
            if condition == "goes" or (condition != "over" and condition not in pauses):
                spans.append((max(begin, since), max(end, since)))
        return spans


def _several(values: Any) -> Any:
    return values if isinstance(values, list) else [values]
