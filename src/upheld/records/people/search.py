"""Find persons and groups by what somebody typed: characters, pinyin, initials, a number with a mask, a code.

Each way of reading the text is a query of its own over its own index, and their answers are united: one
condition with OR over two tables would make PostgreSQL read every row.
"""

from __future__ import annotations

import re
from typing import TypeVar

from django.db.models import F, Func, Model, Q, QuerySet, TextField
from django.db.models.functions import Length

from upheld.records.people.models import Group, Person, Searchable, Service
from upheld.records.people.names import terms_of_characters, terms_of_initials, terms_of_pinyin

_Row = TypeVar("_Row", bound=Model)
_Named = TypeVar("_Named", bound=Searchable)

_NUMBER = re.compile(r"\+?[0-9*][0-9* -]*")
_CANDIDATES = 1_000
"""Of how many that fit the nearest are chosen, where all persons may be found: a surname alone fits tens of thousands,
and to sort them all takes longer than a caller waits. A narrower search sorts all that fit.
"""
_FEWEST_DIGITS = 3  # fewer digits of a number fit too many customers to mean one
_PARTS = re.compile(r"[a-z0-9]+|[^a-z0-9\s]+")


def find_people(text: str, *, within: QuerySet[Person] | None = None, limit: int = 20) -> list[Person]:
    """Find persons by part of the name, pinyin, initials, number (or `138****1234`) or code; nearest name first.

    `within` narrows the search to persons that the asker may see. Numbers of a person's services count as
    well.
    """
    text = _tidy(text)
    if not text:
        return []
    ways: list[QuerySet] = [_by_code(Person.objects.all(), text)]
    if _NUMBER.fullmatch(text):
        ways.append(_by_number(Person.objects.all(), "phone", text).values("pk"))
        ways.append(_by_number(Service.objects.all(), "number", text).values("person_id"))
    else:
        ways += _by_name(Person.objects.all(), text)
    return _nearest(Person.objects.all(), ways, limit, within)


def find_groups(text: str, *, within: QuerySet[Group] | None = None, limit: int = 20) -> list[Group]:
    """Find groups by part of the name, pinyin, initials or code; shortest name first."""
    text = _tidy(text)
    if not text:
        return []
    ways: list[QuerySet] = [_by_code(Group.objects.all(), text), *_by_name(Group.objects.all(), text)]
    return _nearest(Group.objects.all(), ways, limit, within)


def _tidy(text: str) -> str:
    """Trim what was typed.

    Full-width signs of a Chinese keyboard become plain ones. NUL cannot be asked for.
    """
    plain = {0x3000: " ", 0x2A2F: "*", 0xD7: "*", 0x2217: "*", 0: None}
    plain |= {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    return text.translate(plain).strip()[:100]


def _nearest(
    everybody: QuerySet[_Named], ways: list[QuerySet], limit: int, within: QuerySet[_Named] | None
) -> list[_Named]:
    first, *others = ways if within is not None else [way[:_CANDIDATES] for way in ways]
    found = (everybody if within is None else within).filter(pk__in=first.union(*others) if others else first)
    return list(found.order_by(Length("name"), "pinyin_key", "pk")[:limit])


def _by_code(rows: QuerySet[_Row], text: str) -> QuerySet:
    return rows.filter(Q(code__startswith=text) | Q(code__startswith=text.upper())).values("pk")


def _by_name(rows: QuerySet[_Row], text: str) -> list[QuerySet]:
    """Read the text as characters, full pinyin and initials.

    Mixed text such as `张xm` must fit in all its parts.
    """
    characters, pinyin, initials = Q(), Q(), Q()
    letters = False
    # A syllable may be parted by a blank or an apostrophe; ü is v on a keyboard.
    folded = text.lower().replace("ü", "v")
    for part in _PARTS.findall(re.sub(r"(?<=[a-z])[\s'’]+(?=[a-z])", "", folded)):
        if not part.isascii():
            terms = terms_of_characters(part)
            characters &= Q(name__icontains=part) & (Q(bigrams__contains=terms) if terms else Q())
            continue
        letters = True
        pinyin &= _letters(part, terms_of_pinyin(part))
        initials &= _letters(part, terms_of_initials(part))
    if not letters:
        return [rows.filter(characters).values("pk")]
    return [rows.filter(characters & reading).values("pk") for reading in (pinyin, initials)]


def _letters(part: str, terms: list[str]) -> Q:
    """Ask for letters by their terms.

    Too few letters for a term must begin the key, where a plain index helps.
    """
    if terms:
        return Q(bigrams__contains=terms, pinyin_key__contains=part)
    return Q(pinyin_key__startswith=part)


def _by_number(rows: QuerySet[_Row], column: str, text: str) -> QuerySet[_Row]:
    """Read the text as a number, its start or its end; stars stand for hidden digits, one each."""
    typed = re.sub(r"[ +-]", "", text)
    if len(typed) > 11 and typed.startswith("86"):
        typed = typed[2:]
    start, end = re.split(r"\*+", typed)[0], re.split(r"\*+", typed)[-1]
    if max(len(start), len(end)) < _FEWEST_DIGITS:
        return rows.none()
    numbered: QuerySet = rows.alias(_end=Func(F(column), function="reverse", output_field=TextField()))
    begins, ends = Q(**{f"{column}__startswith": start}), Q(_end__startswith=end[::-1])
    if "*" not in typed:
        return numbered.filter(begins | ends)
    # The whole pattern is compared last; start and end are what the indexes know.
    pattern = f"^{typed.replace('*', '[0-9]')}$"
    known = (begins if start else Q()) & (ends if end else Q())
    return numbered.filter(known, **{f"{column}__regex": pattern})
