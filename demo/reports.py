"""Sentences that made-up managers write after a contact, by channel."""

from __future__ import annotations

import random

REPORTS = {
    "visit": (
        "上门走访,客户对近期网络质量满意,希望了解新套餐。",
        "走访交流集团专线使用情况,已记录两项需求。",
        "面谈约三十分钟,介绍了信息化产品,客户有意试用。",
        "例行走访,客户反映地下停车场信号弱,已转网络部。",
        "走访并送达上月账单说明,无异议。",
    ),
    "call": (
        "电话拜访,客户近期无新需求。",
        "电话沟通账单疑问,已当场解释。",
        "致电问候,客户询问国际漫游资费,已答复。",
        "电话回访,客户对上次处理结果满意。",
    ),
    "sms": ("周末问候短信已发送。", "温馨提示短信已发送。"),
    "greeting": ("节日祝福已送达。", "生日祝福已送达,客户表示感谢。"),
    "event": ("客户参加了联谊活动,现场反馈良好。", "客户出席信息化交流会。"),
    "information": ("已发送本期业务信息。", "已发送新业务简报。"),
    "training": ("完成使用培训,参加六人。", "完成系统升级并讲解新功能。"),
    "care_day": ("驻地关怀日:现场办理业务四十余笔。",),
    "lecture": ("客户参加了健康讲座。", "客户参加了茶文化讲座。"),
    "gift": ("生日当天送达蛋糕。", "已送鲜花,客户很高兴。"),
    "return_visit": ("回访完成,客户无投诉。", "回访完成,客户希望增加流量包。"),
}


def report_of(chance: random.Random, *, action: str, channel: str) -> str:
    """Return a sentence for a contact that keeps a promise of `action` through `channel`."""
    return chance.choice(REPORTS.get(action) or REPORTS[channel])
