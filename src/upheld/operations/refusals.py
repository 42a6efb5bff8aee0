"""Say why an act is not done, in one kind of error that every face can show."""

from __future__ import annotations

from datetime import date


class ActRefused(Exception):
    """Refuse an act; nothing was changed.

    `code` is a stable word for faces that translate (such as `in_the_future`), the text a plain English
    sentence.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def refuse_a_day_to_come(day: date, *, today: date) -> None:
    """Raise ActRefused (`in_the_future`) for a day after today: a decision as of it cannot be taken back."""
    if day > today:
        raise ActRefused("in_the_future", f"{day} is still to come (today is {today})")


class NotAllowed(ActRefused):
    """Refuse an act because of who asks for it; the refusal is in the audit trail."""
