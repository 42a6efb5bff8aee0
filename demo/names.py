"""Words that made-up names are put together from, so that a demo list reads like a real customer base.

The province, its cities and its organisations exist nowhere; the telephone numbers all begin with 19900 and
the fixed lines with the area codes 0900 to 0902, which no city has.
"""

PROVINCE = "青澜省"
# name, fixed-line area code
CITIES = (("澜州市", "0900"), ("松岚市", "0901"), ("汐宁市", "0902"))

# Commoner surnames stand more than once: drawing evenly from the string then gives a lifelike mix.
SURNAMES = (
    "王王王王王王李李李李李李张张张张张刘刘刘刘陈陈陈陈杨杨杨黄黄黄赵赵吴吴周周徐徐孙孙马马朱朱胡胡郭郭何何高高林林"
    "罗罗郑郑梁梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊"
    "秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
DOUBLE_SURNAMES = ("欧阳", "上官", "司马", "诸葛", "夏侯")
GIVEN_FIRST = "建志文国海永晓春玉金明德家俊子思雨佳嘉浩宇雪丽秀桂红淑伟立振光新学天成宏景润泽书云若静诗梓一"
GIVEN_MALE = "强伟军勇杰涛超明刚平辉鹏华飞波斌龙林峰宁健凯洋东磊毅翔昊然轩博远山舟川诚"
GIVEN_FEMALE = "芳娟敏静丽霞燕玲萍红梅琳慧莹洁颖雪倩婷娜怡瑶欣琪涵彤蕾岚妍茜薇兰月"

GOVERNMENT = (
    "发展规划",
    "财务监督",
    "教育",
    "交通运输",
    "水务",
    "农业农村",
    "文化旅游",
    "生态环境",
    "市场监督",
    "统计",
    "卫生健康",
    "应急管理",
    "住房建设",
    "林草",
    "审计",
    "民政",
    "科技",
    "商务",
    "档案",
    "粮食储备",
)
DEPARTMENTS = (
    "第一人民医院",
    "第二人民医院",
    "中医院",
    "妇幼保健院",
    "师范学院",
    "理工学院",
    "职业技术学院",
    "第一中学",
    "外国语学校",
    "图书馆",
    "博物馆",
    "广播中心",
    "地质勘察院",
    "规划设计院",
    "气象台",
    "疾控中心",
    "体育中心",
    "青少年宫",
    "公共交通中心",
    "供水中心",
)
ENTERPRISE_WORDS = (
    "远航",
    "恒信",
    "中盛",
    "天和",
    "瑞丰",
    "鼎立",
    "华茂",
    "金桥",
    "安达",
    "百川",
    "宏图",
    "旭日",
    "同济",
    "锦程",
    "广源",
    "嘉禾",
    "银海",
    "长青",
    "启明",
    "汇通",
    "利民",
    "正泰丰",
    "云帆",
    "盛世",
    "新元",
)
ENTERPRISE_TRADES = (
    "物流",
    "建设",
    "电子",
    "机械",
    "食品",
    "医药",
    "纺织",
    "能源",
    "置业",
    "软件",
    "汽车贸易",
    "化工",
    "农业发展",
    "装饰工程",
    "文化传媒",
    "进出口贸易",
    "酒店管理",
    "印务",
    "保险代理",
    "矿业",
)
SMALL_TRADES = (
    "五金商行",
    "餐饮店",
    "家具城",
    "服装店",
    "美容中心",
    "汽修厂",
    "茶业行",
    "书店",
    "花卉市场",
    "培训中心",
    "旅行社",
    "印刷厂",
    "养殖合作社",
    "诊所",
    "超市",
    "建材市场",
    "摄影工作室",
    "电脑城",
    "律师事务所",
    "宾馆",
)


def region(city: str) -> str:
    """Return the region as feeds write it, from the widest: province/city."""
    return f"{PROVINCE}/{city}"
