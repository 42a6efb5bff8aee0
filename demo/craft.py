"""Give the demo the managers' craft: targets with their reviews, sales in every chapter, use that falls, coordination.

Drawn from the seed alone, with keys, so that a demo left alone for a week goes on where it stood.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.utils import timezone

from upheld.operations.craft.coordinate import answer_department, ask_department
from upheld.operations.craft.prospects import add_document, add_prospect, judge_prospect, move_prospect
from upheld.operations.craft.targets import reached, review_target, set_targets
from upheld.operations.craft.usage import import_usage
from upheld.records.craft.choices import Chapter, Mark
from upheld.records.craft.models import Coordination, MonthlyTarget, Prospect, UsageFigure
from upheld.records.people.models import Group
from upheld.records.staff.models import Employee
from upheld.records.staff.queries import book_of

KEY = "demo:craft"
MANAGERS = ("am101", "am102")
SALES = (
    ("蓝港冷链物流", "云专线", "follow_up"), ("江北智能装备", "物联网卡", "implementation"),
    ("海晏生物制药", "专属云", "agreement"), ("明湖职业学院", "校园宽带", "coordination"),
    ("青岭文旅集团", "视频会议", "demonstration"), ("城东新能源", "5G 专网", "solution"),
    ("德润律师事务所", "云桌面", "needs"), ("启航跨境电商", "国际专线", "analysis"),
    ("松岭乳业", "短信平台", "visit"), ("远山民宿联盟", "商务宽带", "lost"),
)  # fmt: skip
SOLD = ("implementation", "follow_up")
NOTES = {
    "analysis": "现用对手专线，年底到期。", "needs": "要求双路由，停机不超过半小时。", "solution": "方案一稿已送。",
    "demonstration": "演示两小时，信息科满意。", "coordination": "网络部确认光缆路由。", "agreement": "合同已会签。",
    "implementation": "设备到货，下周割接。", "follow_up": "用量平稳，按月回访。", "lost": "总部统一采购，本年不再谈。",
}  # fmt: skip
ASKED = (
    ("请确认大楼第二路由", "已确认，东侧管井可用。"), ("请核实三季度账单差异", "差异为套外流量，明细已发。"),
    ("请评估机房扩容", None),
)  # fmt: skip


def live_craft(*, seed: int, first: date, now: datetime) -> int:
    """Live the craft of a few managers until `now`; return how many sales there are."""
    number = 0
    for place, username in enumerate(MANAGERS):
        manager = Employee.objects.filter(username=username).first()
        if manager is None:
            continue
        _targets(manager, chance=random.Random(f"{seed}:{username}:targets"), first=first, now=now)
        number += _sales(manager, SALES[place::2], chance=random.Random(f"{seed}:{username}:sales"), now=now)
        groups = _groups(manager, now)
        _usage(manager, groups, chance=random.Random(f"{seed}:{username}:use"), now=now)
        if place == 0 and groups:
            _coordination(manager, groups[0], now=now)
    return number


def _targets(manager: Employee, *, chance: random.Random, first: date, now: datetime) -> None:
    month = first.replace(day=1)
    while month <= now.date():
        shares = {"sales_volume": 3_000_000, "visits": 3, "signings": 1, "first_contacts": 2}
        last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        if not MonthlyTarget.objects.filter(employee=manager, month=month).exists():
            values = {name: (share, share + max(share // 10, 1)) for name, share in shares.items()}
            set_targets(by=manager, employee=manager, month=month, values=values, today=month)
            # The month before this one is still to be reviewed, as it mostly is.
            if (last + timedelta(days=31)) < now.date():
                known = reached(employee=manager, month=month)
                for target in MonthlyTarget.objects.filter(employee=manager, month=month):
                    missed = known.get(target.measure, 0) < target.target
                    review_target(
                        by=manager,
                        target=target,
                        reached_number=round(target.target * chance.uniform(0.85, 1.15)),
                        objective_cause="季度末客户集中结算" if missed else "",
                        subjective_cause=chance.choice(("effort", "plan")) if missed else None,
                        correction="下月每周固定两天走访" if missed else "按月复盘",
                        today=last,
                    )
        month = last + timedelta(days=1)


def _groups(manager: Employee, at: datetime) -> list[Group]:
    day = timezone.localdate(at)
    return list(book_of(manager, day=day).groups.order_by("group_class", "code")[:3])


def _sales(
    manager: Employee, sales: Sequence[tuple[str, str, str]], *, chance: random.Random, now: datetime
) -> int:
    """Live the sales of a manager: what is sold already, to a group of the own book, whose use is then tracked."""
    number = 0
    for name, subject, until in sales:
        key = f"{KEY}:{name}"
        number += 1
        if Prospect.objects.filter(key=key).exists():
            continue
        at = now - timedelta(days=chance.randrange(25, 55))
        group = next(iter(_groups(manager, at)), None) if until in SOLD else None
        sale = add_prospect(
            by=manager, key=key, name=group.name if group else name, subject=subject,
            contact_name="信息科", contact_phone="", group=group, at=at,
        )  # fmt: skip
        for mark in Mark.values:
            if chance.randrange(4):
                judge_prospect(by=manager, prospect=sale, mark=mark, holds=chance.randrange(5) > 0)
        path = [one for one in Chapter.values if one != "lost"]
        reach = ["lost"] if until == "lost" else path[1 : path.index(until) + 1]
        for step, chapter in enumerate(reach):
            at += (now - at) / (len(reach) - step + 1)
            note = NOTES.get(chapter, "")
            move_prospect(
                by=manager, prospect=sale, chapter=chapter, key=f"{key}:{chapter}", note=note, at=at
            )
            if chapter == "solution":
                add_document(
                    by=manager, prospect=sale, name=f"{sale.name}方案.txt", content=note.encode(),
                    content_type="text/plain",
                )  # fmt: skip
    return number


def _usage(manager: Employee, groups: list[Group], *, chance: random.Random, now: datetime) -> None:
    if not groups or UsageFigure.objects.filter(group__in=groups).exists():
        return
    rows = ["group,product,month,quantity,unit"]
    for place, group in enumerate(groups):
        level, month = chance.randrange(200, 900), now.date().replace(day=1)
        months = []
        for _ in range(8):
            month = (month - timedelta(days=1)).replace(day=1)
            months.append(month)
        for back, one in enumerate(months):
            falls = 0.55 if place == 0 and back == 0 else 1
            rows.append(
                f"{group.code},云专线,{one:%Y-%m},{round(level * chance.uniform(0.93, 1.07) * falls)},GB"
            )
    import_usage(by=manager, content="\n".join(rows).encode(), today=now.date())


def _coordination(manager: Employee, group: Group, *, now: datetime) -> None:
    engineer = Employee.objects.filter(username="field11").first() or Employee.objects.get(
        username="service1"
    )
    for place, (what, answer) in enumerate(ASKED):
        key = f"{KEY}:asked:{place}"
        if Coordination.objects.filter(key=key).exists():
            continue
        at = now - timedelta(days=9 - 4 * place, hours=2)
        asked = ask_department(
            by=manager, to=engineer, group=group, what=what, due_at=at + timedelta(days=3), key=key, at=at
        )
        if answer is not None:
            answer_department(
                by=engineer, coordination=asked, words=answer, at=at + timedelta(days=2 + 2 * place)
            )
