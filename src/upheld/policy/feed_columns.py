"""Say which columns an operator's files have, and read the mapping that renames foreign ones.

This sits in policy, although it is about files, because two rooms that may not import each other need the
same answer: `gateways/feeds` (files into the database) and `batch` (files without a database). Policy is
the one room both may import. It stays pure: no file is opened here, a mapping arrives as text or as what
the strict YAML loader gave.

`FEEDS` is the only list of columns; `docs/reference/feeds.md` is generated from it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from upheld.policy.facts import CARDS, FACTS
from upheld.policy.loader import read_yaml
from upheld.policy.message_addresses import LONGEST as LONGEST_ADDRESS
from upheld.policy.message_addresses import SHAPES
from upheld.policy.problems import Problem

JOBS = (
    "account_manager",
    "phone_manager",
    "team_lead",
    "service_department",
    "administrator",
    "chief_representative",
    "hotline_agent",
    "store_clerk",
    "field_engineer",
    "quality_inspector",
)

SPOKEN = ("zh", "yue", "en", "ja", "ko")
"""The languages in which customers may be served; as in `records/people/choices.py`."""

TYPES = {
    "text": "text",
    "integer": "a whole number, 0 or more",
    "amount": "an amount in yuan, 0 or more, at most two decimals, no thousands separators",
    "date": "a date as 2026-03-01",
    "month": "a month as 2026-03",
    "birthday": "a date as 1980-05-04, or --05-04 where the year is unknown",
    "boolean": "true or false",
    "ratio": "a number, 0 or more, at most six decimals",
    "rate": "a number from 0 to 1, at most six decimals",
    "choice": "one of the listed values",
}


NO_LINE_END = (
    "the file ends inside this line, so its last cell may have lost its end",
    "hand the file over again, whole; if the row is right, end its line",
)
"""What both readers of CSV say, reason and remedy, of a last row that no line end follows: 12 may have been 1280.50."""


@dataclass(frozen=True)
class FeedColumn:
    """Describe one column: `type` is a key of `TYPES`, `values` the closed list of a choice."""

    name: str
    type: str
    means: str
    required: bool = False
    values: tuple[str, ...] = ()
    unit: str = ""
    longest: int = 200
    """Most characters of a text."""
    refers_to: str = ""
    """The kind of feed that must know this value (its key), checked against the database on import."""


@dataclass(frozen=True)
class Feed:
    """Describe one kind of file: its columns and the columns that together name a row once."""

    kind: str
    means: str
    key: tuple[str, ...]
    columns: tuple[FeedColumn, ...]
    either: tuple[str, ...] = ()
    """Exactly one of these columns must be filled in each row."""

    def column(self, name: str) -> FeedColumn:
        """Return the column called `name`; raise KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Name all columns in their order."""
        return tuple(column.name for column in self.columns)

    @property
    def required_names(self) -> tuple[str, ...]:
        """Name the columns that a file must have."""
        return tuple(column.name for column in self.columns if column.required)


def _c(name: str, type: str, means: str, **more: object) -> FeedColumn:
    return FeedColumn(name, type, means, **more)  # type: ignore[arg-type]


FEEDS: dict[str, Feed] = {
    feed.kind: feed
    for feed in (
        Feed(
            "staff",
            "Who works here, and in which unit. Units are made from the names of province, city and team.",
            ("employee_id",),
            (
                _c("employee_id", "text", "the employee's number", required=True, longest=64),
                _c(
                    "username",
                    "text",
                    "the name to sign in with; left out: the employee's number",
                    longest=150,
                ),
                _c("name", "text", "the employee's name", required=True),
                _c("job", "choice", "what the employee may see and do", required=True, values=JOBS),
                _c("province", "text", "the provincial company", required=True),
                _c("city", "text", "the city branch; empty for the provincial company's own staff"),
                _c("team", "text", "the team within the city"),
                _c("language", "choice", "the language of the pages", values=("zh", "en")),
                _c(
                    "speaks",
                    "text",
                    f"the languages in which customers are served, with spaces between: {', '.join(SPOKEN)}",
                ),
                _c(
                    "active",
                    "boolean",
                    "false closes the account of somebody who left, true opens it; left out or empty: as it is",
                ),
            ),
        ),
        Feed(
            "groups",
            "The corporate groups (集团).",
            ("group_id",),
            (
                _c("group_id", "text", "the group's number", required=True, longest=64),
                _c("name", "text", "the group's name", required=True),
                _c(
                    "group_class",
                    "choice",
                    "the group's class",
                    required=True,
                    values=FACTS["group_class"].values,
                ),
                _c("group_kind", "choice", "what the group is", values=FACTS["group_kind"].values),
                _c("wished_language", "choice", "the language in which to be served", values=SPOKEN),
                _c("region", "text", "where the group is, from the widest: province/city", longest=64),
            ),
        ),
        Feed(
            "customers",
            "Everybody who is served: one row a person, with the facts that rating and planning ask for.",
            ("customer_id",),
            (
                _c("customer_id", "text", "the customer's number", required=True, longest=64),
                _c("name", "text", "the customer's name", required=True),
                _c("wished_language", "choice", "the language in which to be served", values=SPOKEN),
                _c("gender", "choice", "for the form of address only", values=("female", "male")),
                _c("phone", "text", "the number to reach the customer by", longest=32),
                _c("region", "text", "where the customer is, from the widest: province/city", longest=64),
                _c("birthday", "birthday", "birthday, in the calendar that the next column says"),
                _c(
                    "birthday_calendar", "choice", "left out: solar", values=FACTS["birthday_calendar"].values
                ),
                _c("papers", "choice", "the certificate registered with", values=FACTS["papers"].values),
                _c(
                    "organisation_kind",
                    "choice",
                    "of an organisation",
                    values=FACTS["organisation_kind"].values,
                ),
                _c("rank", "choice", "of an official", values=FACTS["rank"].values),
                _c("brand", "choice", "the customer's brand", values=FACTS["brand"].values),
                _c("strategic", "boolean", "a long-term strategic group's customer"),
                _c("annual_spend_yuan", "amount", "last year's spend", unit="yuan"),
                _c("group_revenue_yuan", "amount", "the group's yearly revenue", unit="yuan"),
                _c("plan_monthly_yuan", "amount", "this year's plan, a month", unit="yuan"),
                _c("joined_date", "date", "the day the customer joined"),
                _c("card_valid_until", "date", "the last day on which the card is valid"),
                _c("dunning_failed", "boolean", "reminding the customer of the debt came to nothing"),
                _c("cancel_requested", "boolean", "the customer asked to leave the club"),
                _c("serious_harm", "boolean", "the customer did the company serious harm"),
                _c(
                    "previous_card", "choice", "last year's card, for rating without a database", values=CARDS
                ),
                _c("override_card", "choice", "the card kept against a downgrade", values=CARDS),
                _c("override_approved_by", "text", "who in the market department approved that"),
            ),
        ),
        Feed(
            "services",
            "The lines and other services of each customer.",
            ("service_id",),
            (
                _c("service_id", "text", "the service's number in your systems", required=True, longest=64),
                _c(
                    "customer_id",
                    "text",
                    "whose service it is",
                    required=True,
                    refers_to="customers",
                    longest=64,
                ),
                _c("number", "text", "the telephone or account number", longest=32),
                _c("kind", "text", "what it is, such as mobile, fixed or broadband", longest=32),
                _c("brand", "choice", "the service's brand", values=FACTS["brand"].values),
                _c("status", "choice", "its state", required=True, values=FACTS["status"].values),
                _c(
                    "arrears_months",
                    "integer",
                    "whole months in a row in arrears, after credit and granted days",
                ),
            ),
        ),
        Feed(
            "members",
            "Who belongs to which group, and in which role.",
            ("customer_id", "group_id", "from_date"),
            (
                _c("customer_id", "text", "the person", required=True, refers_to="customers", longest=64),
                _c("group_id", "text", "the group", required=True, refers_to="groups", longest=64),
                _c(
                    "role",
                    "choice",
                    "the key person's role; empty for an ordinary member",
                    values=FACTS["role"].values,
                ),
                _c(
                    "from_date",
                    "date",
                    "the first day; left out: 2005-01-01 in the first list of a group, after that the day of the "
                    "import for what is new in it",
                ),
                _c("until_date", "date", "the first day it no longer holds"),
            ),
        ),
        Feed(
            "bills",
            "What each customer was billed, by month.",
            ("customer_id", "month"),
            (
                _c("customer_id", "text", "the customer", required=True, refers_to="customers", longest=64),
                _c("month", "month", "the month billed", required=True),
                _c("amount_yuan", "amount", "the bill", required=True, unit="yuan"),
            ),
        ),
        Feed(
            "assignments",
            "Which employee looks after which customer or group: exactly one of the two in each row.",
            ("customer_id", "group_id", "kind", "from_date"),
            (
                _c("employee_id", "text", "the employee", required=True, refers_to="staff", longest=64),
                _c("customer_id", "text", "the customer looked after", refers_to="customers", longest=64),
                _c("group_id", "text", "the group looked after", refers_to="groups", longest=64),
                _c(
                    "kind",
                    "choice",
                    "as what",
                    required=True,
                    values=("account_manager", "phone_manager", "chief_representative"),
                ),
                _c("from_date", "date", "the first day", required=True),
                _c("until_date", "date", "the first day it no longer holds"),
            ),
            either=("customer_id", "group_id"),
        ),
        Feed(
            "addresses",
            "Where customers and staff are reached by mail and messengers, staff by SMS as well.",
            ("customer_id", "employee_id", "channel"),
            (
                _c("customer_id", "text", "the customer", refers_to="customers", longest=64),
                _c("employee_id", "text", "the employee", refers_to="staff", longest=64),
                _c("channel", "choice", "by which way", required=True, values=tuple(SHAPES)),
                _c("address", "text", "the address; an empty cell withdraws it", longest=LONGEST_ADDRESS),
            ),
            either=("customer_id", "employee_id"),
        ),
        Feed(
            "signals",
            "What your systems noticed about customers, by day: the facts that key moments are found from.",
            ("customer_id", "day"),
            (
                _c("customer_id", "text", "the customer", required=True, refers_to="customers", longest=64),
                _c("day", "date", "the day on which it was so", required=True),
                _c("calls_forwarded_to_rival", "boolean", "calls are forwarded to a rival's number"),
                *(
                    _c(name, "ratio", f"{FACTS[name].en}; left out: by the bills, where they tell")
                    for name in ("spend_drop_ratio", "bill_over_mean_ratio")
                ),
                _c("plan_use_ratio", "ratio", FACTS["plan_use_ratio"].en),
                _c("contract_ends", "date", "the last day of the contract"),
                _c("porting_query", "boolean", FACTS["porting_query"].en),
                *(_c(fact.name, "rate", fact.en) for fact in FACTS.values() if fact.kind == "rate"),
            ),
        ),
    )
}
"""Every kind of feed, in the order in which they are imported: what is referred to comes first."""


class MappingRefused(ValueError):
    """Refuse a mapping; `messages` holds every fault found, each with its remedy."""

    def __init__(self, messages: Iterable[str]) -> None:
        self.messages = tuple(messages)
        super().__init__("; ".join(self.messages))


@dataclass(frozen=True)
class ColumnSource:
    """Say where one of our columns comes from.

    Either `value` (the same for every row) or `column` (the foreign name). A cell that is empty stays
    empty. `values` replaces whole cells; a cell that it does not list becomes `otherwise`, or stays as it
    is where that is None. `times` then multiplies a number, exactly (a Decimal).
    """

    column: str | None = None
    times: Decimal | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    value: str | None = None


@dataclass(frozen=True)
class FeedMapping:
    """Hold a mapping file: sources by our column name, and how the file is written."""

    columns: Mapping[str, ColumnSource] = field(default_factory=dict)
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str | None = None

    def source(self, name: str) -> ColumnSource:
        """Return where our column `name` comes from; the column of the same name where nothing is said."""
        return self.columns.get(name) or ColumnSource(column=name)


def mapping_from_text(
    text: str, *, file: str, kind: str = "customers", names: Iterable[str] | None = None
) -> FeedMapping:
    """Read the text of a mapping file, `file` being its name for the messages. Raise MappingRefused."""
    problems: list[Problem] = []
    raw = read_yaml(text, file, problems)
    if problems:
        raise MappingRefused([str(problem) for problem in problems])
    return read_mapping(raw, kind=kind, names=names)


_TOP = ("columns", "encoding", "delimiter", "sheet")
_SOURCE = ("column", "times", "values", "otherwise", "value")


def read_mapping(raw: object, *, kind: str = "customers", names: Iterable[str] | None = None) -> FeedMapping:
    """Read a mapping that the strict YAML loader gave.

    `kind` is a key of `FEEDS`, whose column names the mapping may use; other `names` where a file is not one
    of these (facts as columns). Short form: `our_name: Foreign name`. Raise MappingRefused with every fault.
    """
    if not isinstance(raw, Mapping):
        raise MappingRefused(["a mapping file is a YAML mapping with the key 'columns'"])
    faults = [_unknown("key", key, _TOP) for key in raw if key not in _TOP]
    columns: dict[str, ColumnSource] = {}
    given = raw.get("columns") or {}
    if not isinstance(given, Mapping):
        faults.append("columns: write one line for each of our columns, such as `customer_id: {column: ID}`")
        given = {}
    names = FEEDS[kind].names if names is None else tuple(names)
    for name, source in given.items():
        if name not in names:
            faults.append(f"columns: {_unknown('column of ' + kind, name, names)}")
            continue
        columns[str(name)] = _read_source(str(name), source, faults)
    encoding = str(raw.get("encoding", "utf-8")).lower()
    if encoding not in ("utf-8", "gb18030"):
        faults.append(f"encoding: {encoding!r} is not one of utf-8, gb18030 (which reads GBK and GB2312 too)")
    delimiter = {"tab": "\t"}.get(str(raw.get("delimiter", ",")), str(raw.get("delimiter", ",")))
    if len(delimiter) != 1:
        faults.append(f"delimiter: {delimiter!r} is not one character; write ',', ';', '|' or tab")
    if faults:
        raise MappingRefused(faults)
    sheet = raw.get("sheet")
    return FeedMapping(columns, encoding, delimiter, None if sheet is None else str(sheet))


def _read_source(name: str, source: object, faults: list[str]) -> ColumnSource:
    """Read one column's source; put every fault found into `faults`."""
    where = f"columns: {name}"
    if isinstance(source, str):
        return ColumnSource(column=source)
    if not isinstance(source, Mapping):
        faults.append(f"{where}: write {{column: NAME}} or {{value: CONSTANT}}")
        return ColumnSource()
    faults.extend(f"{where}: {_unknown('key', key, _SOURCE)}" for key in source if key not in _SOURCE)
    if ("column" in source) == ("value" in source):
        faults.append(f"{where}: give either 'column' or 'value', one of the two")
    if "value" in source and ("times" in source or "values" in source or "otherwise" in source):
        faults.append(f"{where}: a constant 'value' goes with nothing else")
    times = None
    if "times" in source:
        try:
            times = Decimal(str(source["times"]))
        except InvalidOperation:
            faults.append(f"{where}: times: {source['times']!r} is not a number")
    values = source.get("values") or {}
    if not isinstance(values, Mapping):
        faults.append(f"{where}: values: write {{their value: our value}}")
        values = {}
    return ColumnSource(
        column=_text(source.get("column")),
        times=times,
        values={str(_text(theirs)): str(_text(ours)) for theirs, ours in values.items()},
        otherwise=_text(source.get("otherwise")),
        value=_text(source.get("value")),
    )


def _text(value: object) -> str | None:
    """Return a scalar as it would stand in a cell: true and false in small letters."""
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def nearest(name: object, known: Iterable[str]) -> str | None:
    """Return the known name that looks most like `name`, or None where none does."""
    by_lower = {one.lower(): one for one in known}
    found = difflib.get_close_matches(str(name).strip().lower(), list(by_lower), n=1, cutoff=0.55)
    return by_lower[found[0]] if found else None


def _unknown(what: str, name: object, known: Iterable[str]) -> str:
    known = tuple(known)
    near = nearest(name, known)
    return f"{name!r} is no {what}" + (
        f"; did you mean {near!r}?" if near else f"; known are {', '.join(known)}"
    )
