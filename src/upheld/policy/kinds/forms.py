"""How the answer of a row is read and checked: the small readers that the kinds of every noun are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from upheld.policy.facts import fen_as_yuan, read_amount
from upheld.policy.problems import nearest

Reader = Callable[[Any], Any]
"""Takes a value with readings and parameters resolved; returns it normalised; raises ValueError with a reason."""

AnswerTest = Callable[[dict[str, Any], dict[str, Any]], bool]


def differ(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Say whether two answers are not the same."""
    return one != other


def never(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Say that two rows of this kind never contradict each other."""
    return False


def same(key: str) -> AnswerTest:
    """Say that two rows contradict each other when they answer about the same thing, named by `key`."""
    return lambda one, other: bool(one[key] == other[key])


@dataclass(frozen=True)
class Kind:
    """What a row of a kind answers: keys with their readers; `optional` keys may be left out.

    `contradicts` says of two answers, both given to one subject, whether that is one too many (the checker's overlap).
    `together` looks at the answers that all stand for one subject in one table and says what is wrong with them, None
    where nothing is. `tests` names the only facts that rows of the kind may test; None: any.
    """

    required: dict[str, Reader]
    optional: dict[str, Reader]
    takes: tuple[str, ...] = ("all",)
    owed_to: bool = False
    contradicts: AnswerTest = differ
    together: Callable[[Sequence[dict[str, Any]]], str | None] | None = None
    tests: tuple[str, ...] | None = None


_WORDS: dict[Reader, tuple[str, ...]] = {}
_ITEMS: dict[Reader, Reader] = {}
_PARTS: dict[Reader, dict[str, Reader]] = {}


def words_of(reader: Reader) -> tuple[str, ...]:
    """Return the closed words that a reader, or the reader of its items, accepts; empty where any word will do."""
    return _WORDS.get(_ITEMS.get(reader, reader), ())


def reads_a_list(reader: Reader) -> bool:
    """Say whether a reader takes a list."""
    return reader in _ITEMS


def parts_of(reader: Reader) -> dict[str, Reader]:
    """Return the keys, with their readers, of the mapping (or list of mappings) that a reader takes."""
    return _PARTS.get(_ITEMS.get(reader, reader), {})


def of_parts(**parts: Reader) -> Callable[[Reader], Reader]:
    """Declare the keys of the mapping that a reader takes, for those who lay rows out as sheets."""

    def declare(reader: Reader) -> Reader:
        _PARTS[reader] = parts
        return reader

    return declare


def one_of(values: tuple[str, ...]) -> Reader:
    """Make a reader that accepts only the named words."""

    def read(value: Any) -> str:
        if value not in values:
            raise ValueError(f"'{value}' is not one of {', '.join(values)}{nearest(value, values)}")
        return str(value)

    _WORDS[read] = values
    return read


def list_of(read_item: Reader) -> Reader:
    """Make a reader of a list that is not empty; raises ValueError with every bad item."""

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or not value:
            raise ValueError("a list is needed")
        return tuple(read_item(item) for item in value)

    _ITEMS[read] = read_item
    return read


def count(value: Any) -> int:
    """Read a whole number from 1."""
    if type(value) is not int or value < 1:
        raise ValueError(f"'{value}' is not a whole number from 1")
    return value


def whole(value: Any) -> int:
    """Read a whole number from 0."""
    if type(value) is not int or value < 0:
        raise ValueError(f"'{value}' is not a whole number from 0")
    return value


def whole_between(least: int, most: int) -> Reader:
    """Make a reader of a whole number from `least` to `most`, both inside."""

    def read(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"'{value}' is not a whole number from {least} to {most}")
        return value

    return read


percent = whole_between(0, 100)


def text(value: Any) -> str:
    """Read a word or sentence."""
    if value is None or isinstance(value, (bool, list, dict)) or str(value).strip() == "":
        raise ValueError("a word is needed")
    return str(value)


def yuan(value: Any) -> str:
    """Read an amount in yuan; returns it with two decimals, as answers show it."""
    return fen_as_yuan(read_amount(value))


def true_or_false(value: Any) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise ValueError(f"'{value}' is not true or false")
    return value


def number_or_text(value: Any) -> int | str:
    """Read a whole number, or a word such as 7x24."""
    return value if type(value) is int else text(value)
