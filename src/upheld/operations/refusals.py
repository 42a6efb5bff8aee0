"""Say why an act is not done, in one kind of error that every face can show."""

from __future__ import annotations


class ActRefused(Exception):
    """Refuse an act; nothing was changed.

    `code` is a stable word for faces that translate (such as `in_the_future`), the text a plain English
    sentence.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class NotAllowed(ActRefused):
    """Refuse an act because of who asks for it; the refusal is in the audit trail."""
