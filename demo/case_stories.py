"""What made-up customers ask, complain of and report, and what is said when it is dealt with."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """One kind of case: how often it comes (of a hundred), who takes it in, and what is said."""

    kind: str
    weight: int
    channel: str
    summaries: tuple[str, ...]
    outcomes: tuple[str, ...]
    order_types: tuple[str, ...] = ()


OF_PEOPLE = (
    Kind(
        "enquiry",
        34,
        "hotline",
        (
            "询问本月流量为何提前用完",
            "询问国际漫游资费和开通方式",
            "询问积分可以换什么",
            "询问宽带提速办法",
            "询问上月账单中的增值业务费",
        ),
        ("已说明用量明细并发送短信", "已告知资费与办理入口", "已逐项解释,客户认可"),
    ),
    Kind(
        "complaint",
        16,
        "hotline",
        (
            "反映被开通了没有同意过的业务",
            "反映小区信号弱,多次来电未解决",
            "反映营业厅排队过久",
            "反映装机师傅两次失约",
            "不认可本月话费",
        ),
        (
            "已退订并退还费用,致歉",
            "已安排网络优化并回访,客户满意",
            "已核实并向客户说明处理结果",
            "已调整账单,客户认可",
        ),
    ),
    Kind(
        "fault",
        22,
        "hotline",
        ("宽带指示灯红,无法上网", "电话无拨号音", "手机无服务,重启无效", "网速很慢,看视频卡", "光猫不通电"),
        ("更换光猫后恢复", "重新熔接光缆后恢复", "远程重置端口后恢复", "更换网线后恢复"),
    ),
    Kind(
        "order",
        20,
        "store",
        ("补办手机卡", "办理过户", "移机到新住址", "变更套餐", "停机保号半年", "开通国际漫游"),
        ("已当场办结,客户签字", "资料齐全,已受理并生效"),
        (
            "replacement_card",
            "transfer_of_ownership",
            "relocation",
            "service_change",
            "suspend_keeping_number",
            "roaming",
        ),
    ),
    Kind("reopening", 8, "hotline", ("已交清欠费,要求复机",), ("已复机,客户可正常使用",)),
)

OF_GROUPS = (
    Kind(
        "coverage_request",
        30,
        "manager",
        ("厂区新楼信号盲区,要求覆盖", "地下车库无信号"),
        ("已列入本季室分建设并答复", "已加装直放站"),
    ),
    Kind("enquiry", 25, "manager", ("咨询专线资费和带宽", "咨询集团短信平台接口"), ("已当面说明并提供方案",)),
    Kind("informatisation_request", 15, "manager", ("希望做移动办公方案",), ("方案已提交并讲解",)),
    Kind("training_request", 10, "manager", ("新系统上线,要求培训管理员",), ("培训完成,参加八人",)),
    Kind("mas_adc_installation", 8, "manager", ("安装短信网关服务器",), ("安装调试完成,客户验收",)),
    Kind(
        "product_fault",
        12,
        "manager",
        ("专线中断,全公司无法上网", "集团短信发送失败"),
        ("已恢复,原因分析报告已提交",),
    ),
)


class Standing(NamedTuple):
    """A case that stands open whenever the demo is looked at: opened so long ago, and in whose hands."""

    kind: str
    minutes_ago: int
    summary: str
    of_group: bool = False
    area: str = "urban"
    hands: str = "queue"  # queue | agent | field | waiting | manager


STANDING = (
    Standing("complaint", 85, "重点单位联系人投诉:专线连日闪断,情绪激动", of_group=True),
    Standing("complaint", 300, "反映被开通了没有同意过的业务,要求当天答复", hands="agent"),
    Standing("enquiry", 25, "询问携号转网的条件", hands="agent"),
    Standing("enquiry", 12, "询问宽带提速"),
    Standing("fault", 190, "村里三户宽带同时中断", area="rural", hands="field"),
    Standing("fault", 1_200, "光猫红灯,约好上门", hands="waiting"),
    Standing("fault", 1_700, "电话无拨号音,已催两次", hands="field"),
    Standing("coverage_request", 1_500, "新厂房信号盲区", of_group=True, hands="manager"),
    Standing("mas_adc_fault", 70, "集团短信发不出去", of_group=True),
    Standing("reopening", 55, "已交费,要求复机"),
)

WAITS = ("客户今天不在家,约明天", "等客户补交证件", "客户要求周末再来")
REOPENINGS = ("客户来电:问题又出现", "客户反映结果与承诺不符")
REASONS = {
    1: ("等了三天没人管", "态度不好,问题没解决"),
    2: ("处理太慢",),
    3: ("一般",),
    4: ("还可以", ""),
    5: ("师傅很负责", "很快就好了", ""),
}
