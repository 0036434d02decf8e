"""What candidates say of themselves: addresses in invented streets, occupations, earlier studies."""

from __future__ import annotations

from config.city.chance import Dice, Wheel

TOWNS = Wheel(
    [
        (("南京市", ("玄武区", "秦淮区", "建邺区", "鼓楼区", "栖霞区", "江宁区"), "2100"), 40.0),
        (("苏州市", ("姑苏区", "吴中区", "相城区", "昆山市"), "2150"), 20.0),
        (("无锡市", ("梁溪区", "滨湖区", "江阴市"), "2140"), 12.0),
        (("扬州市", ("广陵区", "邗江区"), "2250"), 10.0),
        (("徐州市", ("云龙区", "泉山区"), "2210"), 10.0),
        (("南通市", ("崇川区", "通州区"), "2260"), 8.0),
    ]
)
STREETS = ("明德路", "求是路", "书院街", "博雅路", "知行路", "青藤巷", "砚池路", "弘文街", "翰林路", "芸窗里")
POLITICS = Wheel([("群众", 60.0), ("共青团员", 32.0), ("中共党员", 7.0), ("民盟盟员", 0.5), ("", 0.5)])
OCCUPATIONS = ("企业职员", "教师", "护士", "个体经营", "公务员", "技术人员", "服务人员", "自由职业", "待业", "农民")
EDUCATIONS = ("高中", "中专", "大专", "本科")
PRIOR_MAJORS = ("工商企业管理", "会计", "计算机应用技术", "学前教育", "护理", "电子商务", "市场营销", "语文教育", "建筑工程技术")
KINDS = Wheel([("社会考生", 78.0), ("助学点考生", 20.0), ("军人", 1.0), ("服刑人员", 0.3), ("", 0.7)])
SUPPORT = ("城市学院助学点", "开放教育中心", "职工进修学院", "成人教育学院")


def address(dice: Dice) -> tuple[str, str, str]:
    """Street address, district and postcode; the town and its districts are real, streets and houses are not."""
    town, districts, post = dice.turn(TOWNS)
    district = dice.pick(districts)
    house = f"{1 + dice.below(400)}号{1 + dice.below(30)}幢{1 + dice.below(24)}{1 + dice.below(4):02}室"
    return f"江苏省{town}{district}{dice.pick(STREETS)}{house}", f"{town}{district}", f"{post}{dice.below(100):02}"
