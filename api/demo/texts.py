"""Texts of our own making: what villagers ask for, and how cadres write it down."""

from random import Random

from sync.words import Category

PROBLEMS: dict[Category, tuple[str, ...]] = {
    Category.ENVIRONMENT: (
        "{where}的垃圾{time}没有人清运,天热味道很大,{who}都有意见",
        "{where}的井水发黄有味,{who}盼着早点通自来水",
        "养殖场的污水流进{where}的沟里,{time}了还在流",
    ),
    Category.TRAFFIC: (
        "{where}的路坑坑洼洼,下雨天{who}出不了门",
        "{where}的路灯{time}不亮,晚上走路摔过人",
        "公交车{time}没有按点来,{who}进城看病不方便",
    ),
    Category.URBAN: (
        "{where}的老房子屋顶漏雨,{time}没有人来看",
        "小区下水道堵了{time},物业说管不了",
        "暖气{time}不热,{who}家里只有十来度",
    ),
    Category.RURAL: (
        "苹果价格低,{who}不知道卖给谁,想请人来讲讲销路",
        "{where}的灌溉水渠坏了{time},果园浇不上水",
        "今年的农机补贴{time}没有到账,想问问什么时候发",
    ),
    Category.CIVIL: (
        "{who}年纪大了,低保申请交上去{time}没有消息",
        "想给{where}的老人申请护理补贴,不知道要什么材料",
    ),
    Category.LABOUR: (
        "在工地干活{time},工钱没有结清,{who}都在等",
        "养老保险的缴费年限对不上,问了{time}没有说法",
    ),
    Category.HEALTH: (
        "村卫生室{time}没有人,{who}拿药要跑到镇上",
        "慢性病报销的比例看不明白,请给讲讲",
    ),
    Category.EDUCATION: (
        "孩子上学要走{where}那段没有护栏的路,{who}不放心",
        "幼儿园{time}招不到老师,希望能解决",
    ),
    Category.LAND: ("宅基地的证{time}没有办下来,{who}想翻建房子", "{where}的承包地边界和邻村说不清"),
    Category.COMMERCE: ("{where}的小市场占道,{who}进出都难",),
}
WHERE = ("村西头", "村东头", "大街", "小学门口", "老井旁边", "果园那边", "桥头", "村委会后面")
TIME = ("半个月", "一个多月", "三天", "好几年", "从开春到现在", "一个星期")
WHO = ("前后六七户", "几个老人", "街坊邻居", "我们这一片", "村里二十多户")
NOTES = (
    "到家的时候老两口正在院子里剥玉米,身体都还硬朗。",
    "户主外出打工,老人一个人在家,血压有点高,按时吃药。",
    "一家三口都在,聊了聊今年苹果的收成和孩子上学的事。",
    "讲了新农合和养老保险的缴费办法,老人说听明白了。",
    "屋里收拾得干净,炕烧得热乎,老人留着说了很长时间的话。",
    "问了上次反映的事情,说已经有人来看过,还没有修。",
    "提醒注意用火用电,煤气报警器的电池换了新的。",
    "留了联系卡,说有事随时打电话。",
    "说起邻里之间的地边,劝了几句,答应各让一步。",
    "记下想办的几件事,当面念了一遍,老人点头说对。",
)
WISHES = ("尽快解决", "给个准话", "派人来看看", "帮忙问问政策", "按规定办就行")
SPOT = ("当场打电话问清楚了", "帮着填好了表", "给讲明白了", "联系了邻居一起修好了")


def problem(random: Random) -> tuple[Category, str]:
    """(category, text) of something a villager asks for."""
    category = random.choice(list(PROBLEMS))
    text = random.choice(PROBLEMS[category])
    return category, text.format(where=random.choice(WHERE), time=random.choice(TIME), who=random.choice(WHO))


def note(random: Random) -> str:
    """A note of 80 to 400 characters."""
    length, text = random.randint(80, 380), ""
    while len(text) < length:
        text += random.choice(NOTES)
    return text[:400]
