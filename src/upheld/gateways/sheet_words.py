"""What the columns of a rule sheet say to a person, in Chinese and English, and which words they accept."""

from __future__ import annotations

from upheld.policy.facts import FACTS, Fact
from upheld.policy.kinds import CONFIDENCES, Kind
from upheld.policy.kinds.forms import Reader, parts_of, reads_a_list, words_of

Help = tuple[str, str]

ROWS, TABLE, WORDS = "rows", "table", "words"
"""The sheets: the rows, the head of the table, and (hidden) the words of the drop-down lists."""

HELP_MARKS = ("说明", "help")
FIRST_DATA_LINE = 4

FIXED: dict[str, Help] = {
    "row": ("行号；同号的几行是一条规则", "number of the row; lines with one number are one row"),
    "clause": ("依据的条款", "clause that the row carries out"),
    "from": ("自此日起（含）", "first day on which it holds"),
    "until": ("至此日止（不含）", "first day on which it holds no more"),
    "confidence": ("把握程度，可空", "how sure its numbers are; may be empty"),
}
HEAD: dict[str, Help] = {
    "noun": ("规则文件", "rule file that the table stands in"),
    "table": ("表名", "name of the table"),
    "kind": ("表的种类", "kind of the table"),
    "clause": ("整张表依据的条款", "clause that the way of combining carries out"),
    "take": ("多行同时符合时取哪行", "which of several matching rows counts"),
    "owed_to": ("对谁应做", "to whom it is owed"),
    "covers": ("必须齐全的组合", "combinations that each need a row"),
    "note": ("说明", "note"),
}
ANSWERS: dict[str, Help] = {
    "card": ("卡级", "card"), "customer_class": ("客户类别", "class of customer"),
    "owed": ("应做", "what is owed"), "channel": ("方式", "way of contact"), "times": ("次数", "times"),
    "per": ("周期", "period"), "on": ("日子", "occasion"), "action": ("承诺", "promise"),
    "other_action": ("另一项承诺", "the other promise"), "channels": ("可兑现的方式", "contacts that keep it"),
    "clauses": ("可合并的条款", "clauses kept together"), "of": ("对象", "of whom"),
    "within_seconds": ("多少秒内接通", "answered within, seconds"),
    "gave_up_in_time": ("时限内挂机是否计入", "who hangs up in time"),
    "several_queues": ("多个队列计几次", "a call in several queues"),
    "measure": ("指标", "measure"), "at_least_percent": ("至少百分之", "at least, percent"),
    "entitlement": ("权益", "entitlement"), "each_max_days": ("每次最长天数", "longest, days each"),
    "amount_yuan": ("金额（元）", "amount, yuan"), "months": ("月数", "months"), "years": ("年数", "years"),
    "hours": ("小时或时段", "hours"), "how": ("办法", "how"),
    "stops_at": ("停表事件", "event that stops the clock"),
    "starts_at": ("起表事件", "event that starts the clock"), "limit": ("时限", "limit"),
    "minutes": ("分钟", "minutes"), "days": ("天", "days"), "working_days": ("工作日", "working days"),
    "working_hours": ("工作小时", "working hours"), "calendar": ("日历", "calendar"),
    "public": ("对外公开", "public"), "pauses": ("可停表的等待", "waits that stop the clock"),
    "step": ("步骤", "step"), "from_day": ("自第几天", "from day"), "due_day": ("至第几天", "to day"),
    "after": ("从哪天数起", "day it is counted from"), "ways": ("途径", "ways"), "event": ("事件", "event"),
    "percent": ("百分比", "percent"), "rule": ("规则名", "name of the rule"), "severity": ("轻重", "severity"),
    "actions": ("适用的承诺", "promises it is for"), "points": ("得分", "points"),
    "points_off": ("扣分", "points off"), "words": ("词表", "lists of words"),
    "about": ("所谈事项的词表", "lists of words for what it is about"), "above": ("高于", "above"),
    "above_points": ("积分须多于", "points must be above"), "at_most": ("最多扣分", "at most, points off"),
    "pays": ("赔付", "what is paid"), "missed": ("违反的时限", "clock that was missed"),
    "counted_from": ("从何时数起", "counted from"), "month_days": ("一月按几天", "days of a month"),
    "not_for": ("除外的原因", "causes that are excepted"),
    "band": ("档", "band"), "begins_month": ("起始月份", "first month"), "below": ("低于", "below"),
    "campaign": ("活动名", "campaign"), "case": ("事项类型", "kind of case"),
    "check": ("检查项", "what is checked"), "cost_percent": ("成本占比", "cost, percent"),
    "dispatch": ("派送周期", "dispatch period"),
    "earning_month_counts": ("获得当月计入", "month of earning counts"),
    "ends_on_refusal": ("拒绝即止", "ends on refusal"), "expires": ("失效方式", "how it expires"),
    "family": ("优惠类别", "family of offers"),
    "floor_for": ("另为其下限的事件", "further events it is the floor of"),
    "from_characters": ("至少字数", "from so many characters"), "from_score": ("起始分", "from score"),
    "health": ("健康度", "health"), "index": ("指数", "index"), "later_hours": ("后延小时", "hours later"),
    "lifted_by_wish": ("客户要求可例外", "lifted by wish"),
    "longer_than_seconds": ("超过秒数", "longer than, seconds"),
    "marks": ("标志词表", "lists of words that mark it"), "moment": ("时刻", "moment"),
    "moments": ("时刻", "moments"), "needs_consent": ("须同意", "needs consent"),
    "not_before": ("不早于", "not before"), "not_promised": ("不算许诺的词表", "words that are no promise"),
    "not_within": ("处于其中不算的词表", "lists within which it is no finding"),
    "notice_days": ("提前通知天数", "days of notice"), "offer": ("优惠", "offer"),
    "points_per_yuan": ("每元积分", "points a yuan"), "promised": ("许诺的词表", "lists of words that promise"),
    "qualifies": ("计入参与积分", "counts towards taking part"), "rank": ("次序", "rank"),
    "rate": ("离网率", "rate"), "rated_after_day": ("评定晚于第几天", "rated after day"),
    "rated_by_day": ("评定不晚于第几天", "rated by day"), "return_percent": ("回馈率", "return, percent"),
    "rules": ("规则名", "names of rules"), "says": ("应说的词表", "lists of words to be said"),
    "sooner_than_seconds": ("早于秒数", "sooner than, seconds"), "turns": ("话轮数", "turns"),
    "from_turns": ("话务员至少说几句才查", "looked for from so many turns of the agent"),
    "unknown_rates": ("未知的离网率", "unknown rates"),
    "unless_heard": ("听到则不算的词表", "no finding where heard"), "urgency": ("紧急程度", "urgency"),
    "use": ("用途", "use"), "value_yuan": ("每分价值（元）", "worth of a point, yuan"),
    "form": ("申领形式", "form of the claim"), "purposes": ("用于", "what for"),
    "limited": ("有期限的用途", "purposes that have an end"), "line": ("限于的业务", "kinds of line it is for"),
    "asks": ("须填写", "what a claim must tell"), "amount": ("金额比较", "how the amount is compared"),
    "places": ("国家和地区", "places"), "opens": ("上门时开立的工单", "case that a claim at home opens"),
    "while_frozen": ("冻结时也可", "also while frozen"), "carried_out_by": ("由谁执行", "who carries it out"),
    "by": ("由谁服务", "who serves"), "goal": ("目标数", "goal"),
    "serves": ("一人服务几户", "customers of one employee"), "within_hours": ("几小时之内", "within hours"),
    "weight": ("权重", "weight"), "where": ("位置", "where"), "who": ("谁说", "who"),
}  # fmt: skip


def reader_of(key: str, kind: Kind) -> Reader | None:
    """Return the reader of an answer column such as `card` or `owed.channel`; None where the kind knows none."""
    name, _, part = key.partition(".")
    reader = {**kind.required, **kind.optional}.get(name)
    if reader is None or not part:
        return reader
    return parts_of(reader).get(part)


def fact_of(key: str) -> Fact | None:
    """Return the fact that a column `when.<fact>` tests; None for another column or fact."""
    return FACTS.get(key.split(".")[1]) if key.startswith("when.") else None


def words_for(key: str, kind: Kind) -> tuple[str, ...]:
    """Return the closed words of a column; empty where there are none."""
    if key == "confidence":
        return CONFIDENCES
    fact = fact_of(key)
    if fact is not None:
        if key.endswith((".from", ".below")):
            return ()
        return ("true", "false") if fact.kind == "flag" else fact.values
    reader = reader_of(key, kind)
    return words_of(reader) if reader is not None else ()


def holds_lists(key: str, kind: Kind) -> bool:
    """Say whether every value of the column is a list; a column `when` may hold one value or several."""
    if key in FIXED or key.startswith(("when.", "if_reading.")):
        return False
    reader = reader_of(key, kind)
    return reader is not None and reads_a_list(reader)


def help_for(key: str, kind: Kind) -> Help:
    """Say in Chinese and English what a column holds; several values may stand in one cell, parted by |."""
    if key in FIXED:
        return FIXED[key]
    fact = fact_of(key)
    if fact is not None:
        return _fact_help(fact, key)
    if key.startswith("if_reading."):
        reading = key.removeprefix("if_reading.")
        return f"仅当释读 {reading} 为", f"only where reading {reading} is"
    zh, en = zip(*(ANSWERS.get(part, (part, part.replace("_", " "))) for part in key.split(".")), strict=True)
    several = ("，可多个，用 | 分开", "; several parted by |") if holds_lists(key, kind) else ("", "")
    needed = ("", "") if key.split(".")[0] in kind.required else ("（可空）", " (may be empty)")
    return f"{'：'.join(zh)}{several[0]}{needed[0]}", f"{': '.join(en)}{several[1]}{needed[1]}"


def _fact_help(fact: Fact, key: str) -> Help:
    unit = ("（元）", " (yuan)") if fact.kind == "amount" else ("", "")
    if key.endswith(".from"):
        return f"{fact.zh}{unit[0]} 从（含）", f"{fact.en}{unit[1]} from (inside)"
    if key.endswith(".below"):
        return f"{fact.zh}{unit[0]} 到（不含）", f"{fact.en}{unit[1]} below (outside)"
    return (
        f"{fact.zh}{unit[0]}，空为不限，多个用 | 分开",
        f"{fact.en}{unit[1]}; empty: any; several parted by |",
    )
