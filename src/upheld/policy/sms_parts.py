"""How a text becomes the parts of an SMS: seven-bit letters or UCS-2, and where a long one is cut (GSM 03.40).

A part holds 70 UCS-2 characters, or 67 beside the six octets that tell a phone how to put parts together again. A
character beyond the basic plane takes two places and is never cut in half. Text in plain letters goes in seven-bit
code only where that code and ASCII agree, so that no centre's own table can change a character.
"""

from __future__ import annotations

from collections.abc import Mapping

PLAIN = 0
"""data_coding of the centre's default alphabet."""
UCS2 = 8
"""data_coding of UCS-2."""

REFERENCES = 65_536
"""How many values user_message_reference has, by which a centre may name our message in a receipt."""

WHOLE = {PLAIN: 160, UCS2: 70}
CUT = {PLAIN: 153, UCS2: 67}

_AGREED = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 !\"#%&'()*+,-./:;<=>?\n\r"
)


def coding_of(text: str) -> int:
    """Return the data_coding that a text needs: 0 where seven-bit code and ASCII agree on it, else 8."""
    return PLAIN if _AGREED.issuperset(text) else UCS2


def parts_of(text: str) -> list[str]:
    """Cut a text into the fewest parts in order; one of up to 70 (or 160) places stays whole, an empty one too."""
    coding = coding_of(text)
    if places(text) <= WHOLE[coding]:
        return [text]
    parts, begun, used = [], 0, 0
    for index, letter in enumerate(text):
        width = 2 if ord(letter) > 0xFFFF else 1
        if used + width > CUT[coding]:
            parts.append(text[begun:index])
            begun, used = index, 0
        used += width
    return [*parts, text[begun:]]


def places(text: str) -> int:
    """Return how many places a text takes in UCS-2; as many as letters, and one more for each beyond the plane."""
    return len(text) + sum(ord(letter) > 0xFFFF for letter in text)


def encoded(text: str) -> bytes:
    """Return a text in the octets of its data_coding."""
    return text.encode("ascii") if coding_of(text) == PLAIN else text.encode("utf-16-be")


def short_messages(text: str, *, reference: int) -> list[bytes]:
    """Return what goes into `short_message` of each part, with its header where there are several.

    `reference` tells the parts of one message from those of another; its lowest eight bits are used.
    """
    parts = parts_of(text)
    code = "ascii" if coding_of(text) == PLAIN else "utf-16-be"
    if len(parts) == 1:
        return [text.encode(code)]
    total = len(parts)
    return [
        bytes([5, 0, 3, reference & 0xFF, total, number]) + part.encode(code)
        for number, part in enumerate(parts, 1)
    ]


def most_parts(text: str, lengths: Mapping[str, int]) -> int:
    """Return how many parts a text with names in braces takes, each name filled with that many Chinese characters."""
    return len(parts_of(text.format_map({name: "字" * length for name, length in lengths.items()})))
