"""May this message go out at this instant: the last look before it leaves, with everything that is known then.

Windows and consent are asked of `windows.window_of`; how many messages one person gets, all sources together, is
counted here. What may not go now is held until the first instant at which it might; what may never go is stopped. Both
name their clauses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from upheld.policy.editions import Edition
from upheld.policy.facts import Subject
from upheld.policy.problems import OutsideDates
from upheld.policy.windows import WindowAnswer, window_of
from upheld.policy.working_time import BEIJING

GO, HOLD, STOP, EXPIRE = "go", "hold", "stop", "expire"
NO_STANDARD = "no_standard"
EXPIRED = "expired"
LOOK_AGAIN = timedelta(hours=1)
"""When to look again where no standard is in force that would say anything."""


class Verdict(NamedTuple):
    """What becomes of a message now: `go`, `hold` until an instant, `stop` or `expire`, and the clauses (or a word)."""

    what: str
    until: datetime | None = None
    because: tuple[str, ...] = ()


class Sent(NamedTuple):
    """A message that a person got, or may have got: when, what for, by which way."""

    at: datetime
    purpose: str
    channel: str


@dataclass(frozen=True)
class Asked:
    """What is known of a message and of who is to receive it; consent that is not known is none."""

    channel: str
    purpose: str
    province: str | None
    consent: bool
    refused: bool
    expires_at: datetime


class Cap(NamedTuple):
    """A row of kind `frequency`: at most so many of the messages that meet it, within so long."""

    clause: str
    at_most: int
    within: timedelta
    row: int


class Gate:
    """The rules of an edition for messages at one instant; asks the same question of the rules only once. CT-22, LAW-7.

    An instant that no standard covers lets nothing out.
    """

    def __init__(self, edition: Edition, at: datetime) -> None:
        self.edition, self.at = edition, at
        self.day = at.astimezone(BEIJING).date()
        self._windows: dict[tuple[object, ...], WindowAnswer] = {}
        self._caps: dict[tuple[str, str], tuple[Cap, ...]] = {}

    def verdict(self, asked: Asked, sent: Sequence[Sent] = ()) -> Verdict:
        """Say what becomes of a message; `sent` are the messages that its person got in the longest span that counts.

        Messages dated later than now, by a clock that was set back, count as well.
        """
        if asked.expires_at <= self.at:
            return Verdict(EXPIRE, None, (EXPIRED,))
        try:
            window = self._window(asked)
        except OutsideDates:
            return Verdict(HOLD, self._not_after(self.at + LOOK_AGAIN, asked), (NO_STANDARD,))
        if not window.allowed:
            if window.next_at is None:
                return Verdict(STOP, None, window.because)
            return Verdict(HOLD, self._not_after(window.next_at, asked), window.because)
        capped = [
            (until, cap.clause)
            for cap in self.caps(asked.purpose, asked.channel)
            if (until := self._free_at(cap, sent)) is not None
        ]
        if capped:
            until = max(until for until, _ in capped)
            return Verdict(HOLD, self._not_after(until, asked), tuple(dict.fromkeys(c for _, c in capped)))
        return Verdict(GO, None, window.because)

    def caps(self, purpose: str, channel: str) -> tuple[Cap, ...]:
        """Return the caps that a message meets, by purpose and way."""
        key = (purpose, channel)
        if key not in self._caps:
            subject: Subject = {"purpose": purpose, "channel": contact_channel(channel)}
            self._caps[key] = tuple(
                Cap(row.clause, row.answer["at_most"], timedelta(hours=row.answer["within_hours"]), id(row))
                for table in self.edition.tables("windows", "frequency")
                for row in table.matching(subject, self.day)
            )
        return self._caps[key]

    def longest(self, asked: Iterable[tuple[str, str]]) -> timedelta:
        """Return the longest span that the caps of some purposes and ways look back on."""
        return max(
            (cap.within for purpose, channel in asked for cap in self.caps(purpose, channel)),
            default=timedelta(0),
        )

    def _window(self, asked: Asked) -> WindowAnswer:
        key = (asked.channel, asked.purpose, asked.province, asked.consent, asked.refused)
        if key not in self._windows:
            subject: Subject = {
                "channel": contact_channel(asked.channel),
                "purpose": asked.purpose,
                "at": self.at,
                "consent": asked.consent,
                "refused": asked.refused,
            }
            if asked.province is not None:
                subject["province"] = asked.province
            self._windows[key] = window_of(edition=self.edition, subject=subject, as_of=self.day)
        return self._windows[key]

    def _free_at(self, cap: Cap, sent: Sequence[Sent]) -> datetime | None:
        """Return the first instant at which the cap has room for one more; None where it has now."""
        since = self.at - cap.within
        counted = sorted(
            one.at
            for one in sent
            if one.at > since and any(cap.row == other.row for other in self.caps(one.purpose, one.channel))
        )
        if len(counted) < cap.at_most:
            return None
        return counted[len(counted) - cap.at_most] + cap.within

    def _not_after(self, until: datetime, asked: Asked) -> datetime:
        """Look at a message again when it expires, even where it might go only later."""
        return min(until, asked.expires_at)


def contact_channel(channel: str) -> str:
    """Return the fact `channel` of a message: `sms`, or `message` for mail and for the messengers."""
    return channel if channel == "sms" else "message"
