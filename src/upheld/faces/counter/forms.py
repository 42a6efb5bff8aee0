"""Read the one form of a request, and lay it out again with what was filled in and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from upheld.faces import rule_words
from upheld.faces.counter import words
from upheld.operations.counter.items import ITEMS, PAPERS, Field, ItemKind
from upheld.operations.counter.open_request import Item

PRESSES = "1234567890ecf"
"""The key that ticks each item, in the order of the page: digits, then e, c and f for enquiry, complaint and fault."""


@dataclass(frozen=True)
class Box:
    """One field as the page shows it."""

    name: str
    label: str
    kind: str
    value: str
    required: bool
    wrong: bool
    options: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Block:
    """One thing that may be asked for, with its fields and papers; `press` is the key that ticks it."""

    code: str
    label: str
    press: str
    chosen: bool
    boxes: Sequence[Box]
    papers: Sequence[tuple[str, str, bool]]
    identity: bool
    wrong: bool


@dataclass
class RequestForm:
    """A form as it was sent, or a fresh one filled in with what is known of the customer."""

    services: Sequence[Any]
    data: Any = None
    known: Mapping[str, str] = field(default_factory=dict)
    faults: Sequence[tuple[str, str, str]] = ()

    @property
    def service_names(self) -> dict[str, str]:
        """Give the customer's services by code, as they are named."""
        return {one.code: words.service_name(one) for one in self.services}

    @property
    def chosen(self) -> list[str]:
        """Give the codes of what was ticked, in the order of the page."""
        ticked = set(self.data.getlist("item")) if self.data is not None else set()
        return [code for code in ITEMS if code in ticked]

    @property
    def items(self) -> list[Item]:
        """Give what was asked for, with its words for the case."""
        names = {one.code: words.service_name(one, whole=False) for one in self.services}
        return [
            Item(
                code,
                values=(values := self._values(ITEMS[code])),
                papers=tuple(self.data.getlist(f"{code}-papers")),
                words=words.item_in_words(code, values, services=names),
            )
            for code in self.chosen
        ]

    @property
    def blocks(self) -> list[Block]:
        """Lay out everything that can be asked for."""
        chosen, wrong = set(self.chosen), {(code, name) for code, name, _ in self.faults}
        return [
            Block(
                code=code,
                label=words.item_name(code),
                press=PRESSES[place] if place < len(PRESSES) else "",
                chosen=code in chosen,
                boxes=[self._box(item, one, (code, one.name) in wrong) for one in item.fields],
                papers=self._papers(item),
                identity=item.identity,
                wrong=any(one == code for one, _ in wrong),
            )
            for place, (code, item) in enumerate(ITEMS.items())
        ]

    def _values(self, item: ItemKind) -> dict[str, str]:
        read = {one.name: self.data.get(f"{item.code}-{one.name}", "").strip() for one in item.fields}
        return {name: value for name, value in read.items() if value}

    def _box(self, item: ItemKind, one: Field, wrong: bool) -> Box:
        if self.data is not None and item.code in self.chosen:
            value = self.data.get(f"{item.code}-{one.name}", "")
        else:
            value = self.known.get(f"{item.code}-{one.name}", self.known.get(one.name, ""))
        return Box(
            name=f"{item.code}-{one.name}",
            label=words.field_name(one.name),
            kind=one.kind,
            value=value,
            required=one.required,
            wrong=wrong,
            options=list(self._options(one)),
        )

    def _options(self, one: Field) -> Iterable[tuple[str, str]]:
        if one.kind == "service":
            yield from self.service_names.items()
        elif one.kind == "area":
            yield from ((code, str(name)) for code, name in rule_words.VALUES["area"].items())
        elif one.kind == "choice":
            yield from ((code, str(words.CHOICES[code])) for code in one.choices)

    def _papers(self, item: ItemKind) -> list[tuple[str, str, bool]]:
        shown = set(self.data.getlist(f"{item.code}-papers")) if self.data is not None else set()
        return [(one, str(words.PAPERS[one]), one in shown) for one in PAPERS if one in item.papers]


def known_of(person: Any, services: Sequence[Any], address: str, area: str) -> dict[str, str]:
    """Give what is known ahead, so that the clerk types only what is new: the only service, the last address."""
    known = {"address": address, "area": area}
    # A new address is what a relocation is about.
    known |= {"relocation-address": "", "relocation-area": ""}
    if len(services) == 1:
        known["service"] = services[0].code
    return known
