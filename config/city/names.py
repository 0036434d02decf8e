"""Invented names: common and rare surnames, given names by sex and age, names of other peoples, rare characters."""

from __future__ import annotations

from config.city.chance import Dice, Wheel
from records.people.identity import MALE

HAN = "01"

COMMON = "王李张刘陈"
FREQUENT = "杨赵黄周吴徐孙胡朱高林何郭马罗"
USUAL = (
    "梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙"
    "万段雷钱汤尹黎易常武乔贺赖龚文"
)
READ_OTHERWISE = "单解仇查区朴盖缪覃翟那阚薄乜燕葛卜郇华尉宁盛应乐种召"  # than as a word
COMPOUND = ("欧阳", "上官", "司徒", "诸葛", "尉迟", "长孙", "万俟", "令狐", "夏侯", "澹台")
SURNAMES = Wheel(
    (name, weight)
    for names, weight in ((COMMON, 8.0), (FREQUENT, 4.0), (USUAL, 1.5), (READ_OTHERWISE, 0.15), (COMPOUND, 0.12))
    for name in names
)

MEN_BEFORE_1985 = "伟强军勇建国华明辉平刚志峰斌磊波健林海涛永福德庆东民荣生"
MEN_SINCE = "浩宇轩泽睿博文俊杰子豪天佑嘉诚一鸣皓晨思远鹏飞凯翔瑞霖骏逸航昊然奕涵"
WOMEN_BEFORE_1985 = "芳丽敏静艳娟霞燕玲红梅兰秀英桂珍云萍莉慧颖琴凤洁"
WOMEN_SINCE = "欣怡梓涵雨桐诗琪思雅佳颖晓彤紫萱语嫣可馨婉清若曦静雯琳娜悦宁心妍舒瑶"
RARE = ("\U000215d7", "\U00020c53", "\U0002b7a9", "\U0002b689", "\U0002bd87", "\U00021376", "\u9fd4", "\u3d9a")
"""Characters of real given names that old systems could not write; most lie beyond the BMP."""

UYGHUR_MEN, UYGHUR_WOMEN = (
    ("买买提", "艾力", "吐尔逊", "阿不都拉", "热合曼", "玉素甫"),
    ("古丽娜尔", "阿依古丽", "帕提古丽", "热依汗", "米日古丽"),
)
KAZAKH_MEN, KAZAKH_WOMEN = ("叶尔兰", "巴合提", "努尔兰", "赛里克"), ("阿依努尔", "古丽巴努", "加娜尔")
FATHERS = ("阿卜杜热西提", "托合提", "艾尼瓦尔", "库尔班", "买买提明", "哈力克", "别克")
MONGOL_MEN, MONGOL_WOMEN = ("巴特尔", "苏和", "朝鲁", "乌力吉"), ("其其格", "乌兰", "萨日娜", "娜仁")
TIBETAN_MEN, TIBETAN_WOMEN = ("扎西", "次仁", "丹增", "格桑"), ("卓玛", "拉姆", "央金", "白玛")
TIBETAN_SECOND = ("多吉", "平措", "旺堆", "曲珍", "顿珠")

PEOPLES = Wheel(
    [(HAN, 91.0), ("03", 2.0), ("11", 1.5), ("05", 0.9), ("08", 0.8), ("02", 0.7), ("15", 0.7), ("06", 0.6)]
    + [(code, 0.3) for code in ("04", "07", "10", "13", "17", "22")]
)
"""Ethnic groups by GB/T 3304 with shares in a hundred; most of them use names like the Han."""


def ethnicity(dice: Dice) -> str:
    """A code of GB/T 3304."""
    return dice.turn(PEOPLES)


def name(dice: Dice, people: str, sex: str, born: int) -> str:
    """A name that somebody of this people, sex and year of birth could have."""
    male = sex == MALE
    if people == "05":
        return f"{dice.pick(UYGHUR_MEN if male else UYGHUR_WOMEN)}·{dice.pick(FATHERS)}"
    if people == "17":
        return f"{dice.pick(KAZAKH_MEN if male else KAZAKH_WOMEN)}·{dice.pick(FATHERS)}"
    if people == "02" and dice.hit(0.6):
        return dice.pick(MONGOL_MEN if male else MONGOL_WOMEN)
    if people == "04":
        return dice.pick(TIBETAN_MEN if male else TIBETAN_WOMEN) + dice.pick(TIBETAN_SECOND)
    return dice.turn(SURNAMES) + _given(dice, male, born)


def _given(dice: Dice, male: bool, born: int) -> str:
    """One character or two; the second may be the first again (丽丽), and now and then one that few fonts have."""
    elder, younger = (MEN_BEFORE_1985, MEN_SINCE) if male else (WOMEN_BEFORE_1985, WOMEN_SINCE)
    signs = elder if born < 1985 else younger
    if dice.hit(0.002):
        return dice.pick(RARE)
    return dice.pick(signs) + (dice.pick(signs) if dice.hit(0.82) else "")
