"""The facts that standards may speak of: names, types, units and allowed values, declared in this one place.

Names and values are fixed by the ask contract. `docs/reference/facts.md` is generated from `FACTS`.
A fact that is left out (or null) is unknown: a row that needs it does not match.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, NamedTuple

from upheld.policy.problems import BadFacts, nearest

Subject = dict[str, Any]
"""Normalised facts: amounts in whole fen, dates, booleans, whole numbers, `MonthDay` for birthdays, else text."""

CARDS = ("silver", "gold", "diamond")
"""Cards from lowest to highest."""

LISTS = ("events", "turns", "holds", "seconds", "calls", "acts")
"""The kinds of facts that rows cannot test and that have no column: lists of parts, and times within a call."""

CARD_RANK: dict[str | None, int] = {None: 0, "silver": 1, "gold": 2, "diamond": 3}


class MonthDay(NamedTuple):
    """A birthday: month and day in the person's calendar; the year is None where it is not known."""

    month: int
    day: int
    year: int | None = None


@dataclass(frozen=True)
class Fact:
    """One declared fact. `kind`: choice, flag, amount, count, rate, ratio, whole, date, month_day, instant,
    text, or of LISTS. Rates and ratios are taken to six decimals, half a unit up."""

    name: str
    kind: str
    of: str
    zh: str
    en: str
    values: tuple[str, ...] = ()
    counted: bool = False
    """A flag that a count may also answer: more than nought is true."""

    @property
    def unit(self) -> str:
        """Name the unit that numbers of this fact are written in."""
        return {"amount": "yuan", "rate": "0 to 1", "date": "day", "instant": "instant"}.get(self.kind, "")


def _declare(*facts: Fact) -> dict[str, Fact]:
    return {fact.name: fact for fact in facts}


FACTS: dict[str, Fact] = _declare(
    Fact("papers", "choice", "customer", "登记证件", "certificate registered with", ("personal", "organisation")),
    Fact("organisation_kind", "choice", "customer", "单位类型", "kind of organisation",
         ("government", "finance", "large_enterprise", "high_end_cluster", "low_end_cluster")),
    Fact("rank", "choice", "official", "行政级别", "administrative rank", ("bureau", "division", "section")),
    Fact("brand", "choice", "customer", "品牌", "brand",
         ("e_home", "tianyi", "business_navigator", "global_pass", "three_g", "other")),
    Fact("annual_spend_yuan", "amount", "customer", "上年消费金额", "last year's spend"),
    Fact("group_revenue_yuan", "amount", "group", "集团年收入贡献", "the group's yearly revenue"),
    Fact("plan_monthly_yuan", "amount", "customer", "套餐月费", "monthly fee of the plan"),
    Fact("owed_yuan", "amount", "customer", "欠费金额", "debt"),
    Fact("strategic", "flag", "member", "长期战略合作客户", "long-term strategic group"),
    Fact("group_class", "choice", "group", "集团类别", "class of the group", ("A", "B1", "B2", "C", "D")),
    Fact("group_kind", "choice", "group", "集团性质", "kind of the group",
         ("government", "key_department", "key_enterprise", "other")),
    Fact("role", "choice", "key person", "关键人角色", "role in the group",
         ("top_decision_maker", "contact", "telecom_manager", "influencer")),
    Fact("card", "choice", "member", "卡级", "card already held", CARDS),
    Fact("previous_card", "choice", "re-rating", "上期卡级", "last year's card", CARDS),
    Fact("override_card", "choice", "re-rating", "人工干预卡级", "card kept by hand", CARDS),
    Fact("override_approved_by", "text", "re-rating", "干预审批人", "who approved keeping the card"),
    Fact("status", "choice", "service", "服务状态", "state of the service", ("active", "suspended", "closed")),
    Fact("arrears_months", "count", "service", "连续欠费月数",
         "whole months in a row in arrears, after credit and granted days"),
    Fact("dunning_failed", "flag", "member", "催缴无效", "dunning failed"),
    Fact("cancel_requested", "flag", "member", "申请取消会员", "the member asked to end the membership"),
    Fact("serious_harm", "flag", "member", "严重损害公司利益", "serious harm to the company"),
    Fact("card_valid_until", "date", "member", "会员卡有效期", "last day on which the card is valid"),
    Fact("joined_date", "date", "customer", "入网日期", "day of joining"),
    Fact("rated_date", "date", "customer", "评定日期", "day of the rating"),
    Fact("assigned_date", "date", "customer", "客户经理分配日期", "day a manager was assigned"),
    Fact("birthday", "month_day", "person", "生日", "birthday"),
    Fact("birthday_calendar", "choice", "person", "生日历法", "calendar of the birthday", ("solar", "lunar")),
    Fact("segment", "choice", "hotline", "客户群", "hotline segment", ("ordinary", "brand", "vip")),
    Fact("area", "choice", "address", "城乡", "urban or rural", ("urban", "rural")),
    Fact("province", "text", "address", "省份", "province"),
    Fact("case", "choice", "case", "事项类型", "kind of case",
         ("coverage_request", "enquiry", "complaint", "informatisation_request", "mas_adc_installation",
          "training_request", "product_fault", "mas_adc_fault", "blacklist_request", "cross_province_blacklist",
          "fault", "order", "home_appointment", "installation", "reopening")),
    Fact("opened_at", "instant", "case", "受理时间", "when the case was opened"),
    Fact("promised_at", "instant", "case", "公布的完成时限", "by when the company's own published time promised it"),
    Fact("done_at", "instant", "case", "完成时间", "when it was done: repaired, installed"),
    Fact("fault_cause", "choice", "case", "障碍原因", "what the fault came from",
         ("network", "line", "company_equipment", "terminal")),
    Fact("fee_yuan", "amount", "case", "办理费用", "fee for what was ordered"),
    Fact("channel", "choice", "contact", "触达方式", "how the person is reached", ("sms", "call", "visit", "message")),
    Fact("purpose", "choice", "contact", "触达目的", "what the contact is for", ("service", "care", "commercial")),
    Fact("at", "instant", "contact", "触达时间", "when the person would be reached"),
    Fact("consent", "flag", "person", "同意接收商业信息", "agreed to commercial messages and calls"),
    Fact("refused", "flag", "person", "拒绝接收商业信息", "refused commercial messages and calls"),
    Fact("customer_wish", "flag", "contact", "客户要求此时", "the customer asked for this hour"),
    Fact("vip", "flag", "person", "贵宾", "rated a VIP"),
    Fact("number_changed", "flag", "person", "换号入网", "changed number on joining"),
    Fact("age", "count", "person", "年龄", "age in years"),
    Fact("plan_churn_rate", "rate", "customer", "资费离网率", "share of the plan's customers who leave"),
    Fact("brand_churn_rate", "rate", "customer", "品牌离网率", "share of the brand's customers who leave"),
    Fact("rival_link_churn_rate", "rate", "customer", "异网关联离网率",
         "share leaving among those linked with a rival network"),
    Fact("number_range_churn_rate", "rate", "customer", "号段离网率", "share of the number range who leave"),
    Fact("calls_forwarded_to_rival", "flag", "customer", "呼转对手", "calls are forwarded to a rival's number",
         counted=True),
    Fact("spend_drop_ratio", "ratio", "customer", "话费下降幅度", "share by which spend fell (0.4: by 40 %)"),
    Fact("plan_use_ratio", "ratio", "customer", "套餐使用率", "use of the plan's contents (1: all of it)"),
    Fact("contract_days_left", "whole", "customer", "合约剩余天数", "days to the end of the contract"),
    Fact("bill_over_mean_ratio", "ratio", "customer", "话费与均值之比",
         "the bill over the mean of the last three months"),
    Fact("porting_query", "flag", "customer", "查询携号转网", "asked about porting the number, or applied for it"),
    Fact("events", "events", "points account", "积分事件", "bills, redemptions, bonuses, transfers, reversals"),
    Fact("frozen", "flag", "points account", "积分冻结", "points are frozen"),
    Fact("turns", "turns", "call", "通话文本", "the turns of a call, with times in seconds"),
    Fact("holds", "holds", "call", "等待", "the holds of a call, with times in seconds"),
    Fact("hung_up_by", "choice", "call", "挂机方", "who hung up", ("agent", "customer")),
    Fact("hung_up_after_seconds", "seconds", "call", "结束语后多久挂机", "seconds from the last words to hanging up"),
    Fact("nuisance", "flag", "call", "骚扰电话", "the agent marked the call as a nuisance"),
    Fact("calls", "calls", "hotline", "要求人工的来电", "the calls that asked for an agent, with how long each waited"),
    Fact("acts", "acts", "employee", "员工的工作结果", "the acts of an employee, with how each ended"),
)  # fmt: skip


def read_subject(raw: Mapping[str, Any], *, besides: Sequence[str] = ()) -> Subject:
    """Normalise the raw facts of one subject.

    Amounts may be decimal strings or numbers in yuan and become whole fen; dates are ISO text or `date`; null means
    unknown. Raises `BadFacts` naming every bad fact at once, behind what the caller found wrong `besides`.
    """
    subject: Subject = {}
    messages = list(besides)
    for name, value in raw.items():
        fact = FACTS.get(name)
        if fact is None:
            messages.append(f"{name}: unknown fact{nearest(name, FACTS)}")
        elif value is not None:
            try:
                subject[name] = _READERS[fact.kind](fact, value)
            except BadFacts as error:  # a fact of many parts names every fault of its own
                messages += [
                    f"{name}{'' if message.startswith('[') else ': '}{message}" for message in error.messages
                ]
            except ValueError as error:
                messages.append(f"{name}: {error}")
    _check_birthday(subject, messages)
    if messages:
        raise BadFacts(messages)
    return subject


def _check_birthday(subject: Subject, messages: list[str]) -> None:
    birthday = subject.get("birthday")
    if birthday is None:
        return
    longest = 30 if subject.get("birthday_calendar") == "lunar" else _LONGEST[birthday.month - 1]
    if birthday.day > longest:
        calendar = subject.get("birthday_calendar", "solar")
        messages.append(
            f"birthday: month {birthday.month} has no day {birthday.day} in the {calendar} calendar"
        )


_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def as_written(value: Any) -> str:
    """Show a bad value in a message as its writer knows it: text in quotes, numbers and true/false as in JSON."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, Decimal) else repr(value)


def read_amount(value: Any) -> int:
    """Turn an amount in yuan (text or number, at most two decimals, not negative) into whole fen; raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise ValueError(f"{as_written(value)} is not an amount in yuan")
    if type(value) is int:
        fen = value * 100
    else:
        try:
            exact = Decimal(str(value).strip()) * 100
            fen = int(exact)
        except (InvalidOperation, ValueError, OverflowError):
            raise ValueError(f"{as_written(value)} is not an amount in yuan") from None
        if fen != exact:
            raise ValueError(f"'{value}' has more than two decimals")
    if fen < 0:
        raise ValueError(f"{as_written(value)} is negative")
    return fen


def fen_as_yuan(fen: int) -> str:
    """Write whole fen as yuan with two decimals."""
    return f"{fen // 100}.{fen % 100:02d}"


def _choice(fact: Fact, value: Any) -> str:
    if value not in fact.values:
        raise ValueError(f"{as_written(value)} is not one of {', '.join(fact.values)}")
    return str(value)


def _flag(fact: Fact, value: Any) -> bool:
    if fact.counted and isinstance(value, (int, Decimal)) and value >= 0:
        return value > 0
    if not isinstance(value, bool):
        raise ValueError(f"{as_written(value)} is not true or false")
    return value


def _count(fact: Fact, value: Any) -> int:
    whole = isinstance(value, (int, Decimal, float)) and not isinstance(value, bool)
    if not whole or value != value or value in (float("inf"), float("-inf")) or value != int(value):
        raise ValueError(f"{as_written(value)} is not a whole number")
    if value < 0:
        raise ValueError(f"{as_written(value)} is negative")
    return int(value)


def read_ratio(value: Any) -> Decimal:
    """Read a number, taken to six decimals; raises ValueError."""
    try:
        ratio = Decimal(str(value))
        if isinstance(value, bool) or not ratio.is_finite() or abs(ratio) >= _RATIO_BELOW:
            raise ValueError
        return ratio.quantize(_MILLIONTH, ROUND_HALF_UP)
    except (InvalidOperation, ValueError):
        raise ValueError(f"{as_written(value)} is not a number, such as 0.4") from None


_MILLIONTH = Decimal("0.000001")
_RATIO_BELOW = Decimal(10) ** 9


def _ratio(fact: Fact, value: Any) -> Decimal:
    return read_ratio(value)


def _rate(fact: Fact, value: Any) -> Decimal:
    try:
        rate = read_ratio(value)
    except ValueError:
        rate = Decimal(-1)
    if not 0 <= rate <= 1 or Decimal(str(value)) > 1:
        raise ValueError(f"{as_written(value)} is not a number from 0 to 1")
    return rate


def _whole(fact: Fact, value: Any) -> int:
    number = read_ratio(value)
    if number != int(number) or isinstance(value, str):
        raise ValueError(f"{as_written(value)} is not a whole number")
    return int(number)


def read_day(value: Any) -> date:
    """Read an ISO 8601 day (text or `date`); raises ValueError."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        if not isinstance(value, str) or len(value) != 10:
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{as_written(value)} is not a day written as YYYY-MM-DD") from None


def _date(fact: Fact, value: Any) -> date:
    return read_day(value)


def _month_day(fact: Fact, value: Any) -> MonthDay:
    if isinstance(value, MonthDay):
        return value
    if isinstance(value, date):
        return MonthDay(value.month, value.day, value.year)
    wrong = ValueError(f"{as_written(value)} is not a birthday written as YYYY-MM-DD or --MM-DD")
    if not isinstance(value, str):
        raise wrong
    year_text, rest = ("0000", value[2:]) if value.startswith("--") else (value[:4], value[5:])
    written = f"{year_text}-{rest}"
    if len(rest) != 5 or rest[2] != "-" or (not value.startswith("--") and value != written):
        raise wrong
    parts = (year_text, rest[:2], rest[3:])
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise wrong
    year, month, day = (int(part) for part in parts)
    if not (1 <= month <= 12 and 1 <= day <= 31):
        raise wrong
    return MonthDay(month, day, year or None)


def read_instant(value: Any) -> datetime:
    """Read an ISO 8601 instant with its offset (text or `datetime`); raises ValueError."""
    try:
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(
            f"{as_written(value)} is not an instant written as YYYY-MM-DDTHH:MM:SS+08:00"
        ) from None
    if instant.tzinfo is None:
        raise ValueError(f"'{value}' carries no offset, such as +08:00")
    return instant


def _instant(fact: Fact, value: Any) -> datetime:
    return read_instant(value)


def _text(fact: Fact, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{as_written(value)} is not text")
    return value.strip()


def _events(fact: Fact, value: Any) -> Any:
    from upheld.policy.point_events import read_events  # which reads its amounts and days by this module

    return read_events(value)


def _of_a_call(fact: Fact, value: Any) -> Any:
    from upheld.policy.transcripts import READERS  # only a question about a call needs them

    return READERS[fact.kind](value)


def _calls(fact: Fact, value: Any) -> Any:
    from upheld.policy.queued_calls import read_calls  # which reads its instants by this module

    return read_calls(value)


def _acts(fact: Fact, value: Any) -> Any:
    from upheld.policy.staff_acts import read_acts  # only a question about staff needs it

    return read_acts(value)


_READERS: dict[str, Callable[[Fact, Any], Any]] = {
    "choice": _choice, "flag": _flag, "amount": lambda fact, value: read_amount(value), "count": _count,
    "rate": _rate, "ratio": _ratio, "whole": _whole, "date": _date, "month_day": _month_day, "instant": _instant,
    "text": _text, "events": _events, "turns": _of_a_call, "holds": _of_a_call, "seconds": _of_a_call,
    "calls": _calls, "acts": _acts,
}  # fmt: skip
