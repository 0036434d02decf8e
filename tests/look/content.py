"""Invented content of the style pages, the same as in the drawn prototypes."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from config.states import State
from config.wording import grouped_number

TODAY = date(2026, 11, 23)


def moment(month: int, day: int, hour: int, minute: int) -> datetime:
    """A moment of the year of the prototypes."""
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai"))


SPINE: list[tuple[str, list[tuple[str, str, str, int | None]]]] = [
    ("", [("desk", "工作台", "tray", 14), ("candidates", "查考生", "search", None)]),
    (
        "办理",
        [
            ("case", "免考", "waive", 9),
            ("out", "转考与转籍", "out", 3),
            ("graduation", "毕业", "scroll", 0),
            ("corrections", "更正", "draft", 1),
            ("reviews", "成绩复核", "marks", 1),
        ],
    ),
    (
        "成绩与统计",
        [("batch", "成绩批次", "up", None), ("statistics", "统计", "chart", None), ("cohorts", "毕业审核", "tree", None)],
    ),
    (
        "机关",
        [
            ("notices", "规章与通知", "book", None),
            ("tasks", "任务与检查", "desk", None),
            ("reads", "查阅留痕", "eye", None),
            ("settings", "设置", "gear", None),
        ],
    ),
]


def frame(page: str) -> dict[str, Any]:
    """What the house's context processor gives every page."""
    if page in {"space", "progress"}:
        return {"today": TODAY, "is_candidate": True}
    if page in {"desk", "case", "batch", "components"}:
        spine = [{"title": title, "entries": [_spine_entry(page, *entry) for entry in entries]} for title, entries in SPINE]
        duty = "成绩管理(O3)" if page == "batch" else "免考审定(O4)"
        who = "苏晚晴" if page == "batch" else "沈砚秋"
        return {"today": TODAY, "spine": spine, "who_name": who, "office_name": "市自考办", "duty_name": duty}
    return {"today": TODAY}


def _spine_entry(page: str, name: str, label: str, icon: str, count: int | None) -> dict[str, Any]:
    entry = {"url": f"/pages/{name}/", "label": label, "icon": icon, "count": count, "current": name == page}
    return {**entry, "late": name == "desk"}


HOME = {
    "doors": [
        {"title": "查询考籍号", "text": "凭姓名和证件号码，不用登录", "url": "/lookup/"},
        {
            "title": "查询成绩",
            "text": "凭准考证号和证件号码，查最近一次考试",
            "now": "2026年10月考试成绩已公布",
            "url": "/scores-lookup/",
        },
        {"title": "个人空间", "text": "登录后查看全部考籍、毕业进度，办理免考、转考、毕业、更正和成绩复核", "url": "/space/"},
    ],
    "windows": [
        {"title": title, "opens_on": date(*opens), "closes_on": date(*closes)}
        for title, opens, closes in (
            ("2026年10月成绩复核申请", (2026, 11, 20), (2026, 11, 27)),
            ("2026年下半年毕业申请", (2026, 11, 16), (2026, 12, 5)),
            ("2027年4月考试报名", (2026, 12, 1), (2026, 12, 10)),
            ("省际转出申请（2027年上半年）", (2027, 1, 4), (2027, 2, 15)),
            ("免考申请（2027年上半年）", (2027, 3, 1), (2027, 3, 31)),
        )
    ],
    "notices": [
        {"date": date(2026, month, day), "text": text, "url": "/notices/"}
        for month, day, text in (
            (11, 20, "2026年10月考试成绩今日10时公布，复核申请至11月27日"),
            (11, 16, "关于做好2026年下半年毕业申请工作的通知"),
            (11, 2, "考籍管理办法（2026年修订）自2027年1月1日起施行"),
            (10, 26, "网络工程等专业2021版计划停止受理毕业申请的说明"),
            (10, 12, "省际转考数据交换批次安排（2026年第四季度）"),
        )
    ],
}

SPACE = {
    "who": {
        "name": "林疏桐",
        "state": "在籍",
        "facts": [
            ("考籍号", grouped_number("2041826753")),
            ("准考证号", grouped_number("010123204817")),
            ("主考院校", "南京师范大学"),
        ],
    },
    "items": [
        {
            "title": "补正免考申请的材料",
            "state": "退回补正",
            "is_due": True,
            "button": "primary",
            "action": "去补正",
            "url": "/applications/",
            "text": "南京师范大学自考办11月18日退回：四级成绩报告单缺第2页。12月2日前补交，过期按撤回处理。",
        },
        {
            "title": "要不要复核英语(专升本)的成绩",
            "state": "还有4天",
            "tone": "you",
            "icon": "warn",
            "is_due": True,
            "button": "outline-primary",
            "action": "申请复核",
            "url": "/applications/",
            "text": "13000 英语(专升本)54分。复核只查漏评和合分，不重新评卷，11月27日17时截止。",
        },
        {
            "title": "报考2027年4月考试",
            "state": State("8天后开始", "", "clock"),
            "action": "看毕业进度",
            "url": "/progress/",
            "text": "12月1日至12月10日。汉语言文学还差1门课程：英语(专升本)或日语(专升本)。",
        },
        {"title": "毕业论文", "state": "还不能申请", "text": "10196 毕业论文要在其余课程全部合格后申请。"},
    ],
    "cards": [
        {"url": "/space/", **card}
        for card in (
            {"icon": "user", "title": "自然信息", "text": "手机尾号2046，可以自己改；姓名和证件要凭证明更正"},
            {"icon": "marks", "title": "成绩", "number": 12, "after": "门合格", "text": "最近一次：2026年10月，语言学概论66分"},
            {"icon": "flag", "title": "考试违规", "is_empty": True, "text": "没有违规记录"},
            {"icon": "out", "title": "考籍转移", "is_empty": True, "text": "没有转出"},
            {"icon": "in", "title": "接考", "number": 1, "after": "门", "text": "2023年从外省转入1门，已接收"},
            {"icon": "waive", "title": "免考", "number": 1, "after": "件", "text": "1件申请退回补正"},
            {
                "icon": "scroll",
                "title": "毕业",
                "before": "差",
                "number": 2,
                "after": "项",
                "text": "汉语言文学（专升本）70 / 76学分",
            },
            {
                "icon": "eye",
                "title": "谁看过我的考籍",
                "number": 3,
                "after": "次",
                "is_aside": True,
                "text": "11月18日，主考院校初审免考",
            },
        )
    ],
}

CASES = [
    ("免考", "免2026-00398", "白若川", "南京财经大学", date(2026, 11, 5), 18, date(2026, 11, 20)),
    ("免考", "免2026-00401", "孟听澜", "南京师范大学", date(2026, 11, 6), 17, date(2026, 11, 21)),
    ("转出", "转2026-00152", "阿依努尔·买买提", "苏州大学", date(2026, 11, 9), 14, date(2026, 11, 24)),
    ("免考", "免2026-00417", "许知遥", "南京师范大学", date(2026, 11, 12), 11, date(2026, 11, 27)),
    ("更正", "更2026-00088", "唐景和", "河海大学", date(2026, 11, 12), 11, date(2026, 11, 27)),
    ("免考", "免2026-00419", "何予安", "南京农业大学", date(2026, 11, 13), 10, date(2026, 11, 28)),
    ("成绩复核", "复2026-00007", "陆行舟", "南京航空航天大学", date(2026, 11, 20), 3, date(2026, 12, 5)),
    ("免考", "免2026-00428", "叶望舒", "南京医科大学", date(2026, 11, 20), 3, date(2026, 12, 5)),
]
JOBS = [
    {"title": "毕业资格预审", "url": "/jobs/1/", "percent": 61, "line": "11,284 / 18,506人，约4分钟，可以离开本页"},
    {"title": "准考证PDF", "url": "/jobs/2/", "state": "已完成", "line": "2,310份，10时42分"},
]
DESK = {
    "cases": [
        dict(zip(("kind", "number", "name", "university", "received", "days", "due_on"), row, strict=True)) for row in CASES
    ],
    "default_sort": "received",
    "counts": [
        {"label": "逾期", "value": 2, "late": True, "url": "?late=1"},
        {"label": "免考审定", "value": 9, "url": "?kind=exemption"},
        {"label": "转考", "value": 3, "url": "?kind=transfer"},
        {"label": "更正核实", "value": 1, "url": "?kind=correction"},
        {"label": "成绩复核", "value": 1, "url": "?kind=review"},
        {"label": "毕业审批", "value": 0, "url": "?kind=graduation"},
    ],
    "pages": {"first": 1, "last": 8, "total": 14, "next_url": "?after=8"},
    "behind": [{"text": "免考审定", "value": "2件，最久3天"}, {"text": "检查反馈", "value": "3校未报"}],
    "jobs": JOBS,
    "windows": HOME["windows"][:2],
}

PROBLEMS = [
    {"message": "这门课程已经有学分", "source": "免考规定第八条", "next_step": "可以改为申请成绩复核"},
    {"message": "不在开放期内", "source": "2026年下半年安排"},
]
CASE = {
    "crumbs": [("工作台", "/desk/"), ("免考", "/pages/case/"), ("免2026-00417", "")],
    "desks": [
        {"title": "考生提交", "text": "10月28日", "place": "done"},
        {"title": "主考院校初审", "text": "11月12日，建议准予", "place": "done"},
        {"title": "市自考办审定", "text": "已在此11天，期限11月27日", "place": "here"},
        {"title": "办结", "text": "记入学分，通知考生", "place": "ahead"},
    ],
    "facts": [
        ("考生", "许知遥，女，2001年出生"),
        ("考籍号", grouped_number("2038114906")),
        ("专业", "行政管理（专升本），2024年版"),
        ("主考院校", "南京师范大学"),
        ("申请免考", "13000 英语(专升本)，选考组“外语”"),
        ("凭据", "全国大学英语四级考试成绩报告单"),
        ("凭据编号", grouped_number("241132048810627")),
        ("分数与日期", "467分，2024年12月14日"),
    ],
    "rules": [
        dict(zip(("verdict", "sentence", "source", "why"), row, strict=True))
        for row in (
            (
                "请人工看",
                "成绩单姓名与考籍姓名一致。",
                "免考规定第六条",
                "成绩单写作“许知瑶”，考籍为“许知遥”。院校初审意见：公安机关证明已附，属同一人。",
            ),
            (
                "符合",
                "凭据种类在免考范围内。",
                "免考规定第五条第二款",
                "四级425分（含）以上可免考英语(专升本)；本件467分。设置自2026年1月1日起。",
            ),
            ("符合", "凭据可以在发证单位查到。", "免考规定第四条", "11月12日9时51分由周怀瑾核验。"),
            ("符合", "该课程还没有学分，也没有别的免考在办。", "免考规定第八条", ""),
            ("符合", "申请免考的不是实践环节或毕业论文。", "免考规定第七条", ""),
            ("符合", "在开放期内提交。", "2026年下半年安排", "开放期10月1日至10月31日，提交于10月28日。"),
            ("不适用", "免考门数不超过计划的一半。", "免考规定第五条第一款", "只限凭学历免考。"),
        )
    ],
    "docs": [
        {
            "title": "全国大学英语四级考试成绩报告单",
            "url": "/proofs/1/",
            "line": "PDF · 2页 · 412 kB · 10月28日上传 · SHA-256 9f31…c07e",
            "verdict": "已核验",
        },
        {"title": "公安机关姓名证明", "url": "/proofs/2/", "line": "JPEG · 1页 · 1.1 MB · 11月9日补交", "verdict": "已核验"},
        {"title": "免考审批表（考生签名）", "url": "/proofs/3/", "line": "PDF · 1页 · 88 kB · 10月28日生成", "verdict": "待盖章"},
    ],
    "actions": [
        {
            "name": "grant",
            "label": "准予免考",
            "tone": "primary",
            "asks": "note-optional",
            "url": "/steps/grant/",
            "then": "英语(专升本)记为免考合格，7学分，自审定之日起；短信通知考生。",
        },
        {
            "name": "return",
            "label": "退回院校补正",
            "asks": "note",
            "url": "/steps/return/",
            "then": "要写明缺什么；期限停止计算。",
        },
        {
            "name": "refuse",
            "label": "不予免考",
            "tone": "outline-danger",
            "asks": "note",
            "url": "/steps/refuse/",
            "then": "要写明理由和条款；考生会看到理由和能走的下一步。",
        },
    ],
    "barred": ["初审意见不能在这里改。初审人周怀瑾不得参加审定。"],
    "events": [
        {"title": "等待审定", "who": "市自考办，11月12日起", "is_now": True},
        {
            "title": "建议准予",
            "who": "周怀瑾，南京师范大学自考办（初审）",
            "at": moment(11, 12, 10, 8),
            "note": "姓名用字已由公安证明说明，分数达标。",
        },
        {"title": "补交", "who": "许知遥，考生", "at": moment(11, 9, 20, 31)},
        {
            "title": "退回补正",
            "who": "周怀瑾，南京师范大学自考办",
            "at": moment(11, 3, 14, 20),
            "note": "成绩单与考籍姓名用字不同，请附证明。",
        },
        {"title": "提交", "who": "许知遥，考生", "at": moment(10, 28, 21, 16)},
    ],
}

STEPS = ["上传", "校验", "预览", "确认入库", "公布"]
BATCH = {
    "crumbs": [("成绩批次", "/pages/batch/"), ("2026-10 南京师范大学 第2次", "")],
    "steps": [{"title": title, "place": {0: "done", 1: "here"}.get(index, "ahead")} for index, title in enumerate(STEPS)],
    "faults": [
        (218, "准考证号", "0101 2320 481", "少一位", "应为12位数字"),
        (1304, "成绩", "105", "超出范围", "应为0至100，最多一位小数"),
        (1305, "成绩", "8O", "不是数字", "第2个字符是字母O"),
        (2077, "课程代码", "00539", "重复", "与第2041行是同一考生、同一课程"),
        (2950, "准考证号", "3.20101E+11", "已被电子表格改成小数", "单元格先设为文本，再填原号码"),
        (3318, "标记", "缺席", "不认识的标记", "正常、缺考、缓考、违纪、作弊之一"),
        (3318, "成绩", "0", "应为空", "标记不是“正常”时成绩留空"),
        (4126, "准考证号", "0101 2110 0933", "停考期内", "该考生2026年1月1日至12月31日停考"),
    ],
    "kinds": [
        {"text": text, "value": value, "url": "?kind=1"}
        for text, value in (
            ("成绩的格式或范围", "3处"),
            ("准考证号", "2处"),
            ("标记", "1处"),
            ("重复", "1处"),
            ("停考期内", "1处"),
        )
    ],
}

COMPONENTS = {
    "words": [
        "退回补正",
        "主考院校初审中",
        "市自考办审定中",
        "待第二人确认",
        "已批准",
        "不予批准",
        "草稿",
        "已截止",
        "别处来的词",
    ],
    "days": [date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 27), date(2026, 12, 20)],
    "problems": PROBLEMS,
    "jobs": [
        *JOBS,
        {"title": "排队的任务", "state": "排队中"},
        {"title": "出错的任务", "state": "失败", "line": "第3批，可以重来"},
    ],
    "actions": [
        {"name": "send", "label": "提交申请", "tone": "primary", "url": "/steps/send/", "then": "送主考院校初审。"},
        {
            "name": "back",
            "label": "退回",
            "asks": "note",
            "url": "/steps/back/",
            "is_open": True,
            "note_hint": "考生会看到这段话",
        },
        {"name": "print", "label": "打印审批表", "is_link": True, "url": "/print/"},
    ],
    "barred": ["还不能盖章：材料未齐。"],
    "figures": [
        {"label": "报考", "value": "4,306"},
        {"label": "到考", "value": "3,894", "small": "90.4%"},
        {"label": "报考而无成绩", "value": 12, "small": "须说明", "late": True},
    ],
    "pages": {"shown": 20, "previous_url": "?before=1", "next_url": "?after=20"},
    "crumbs": [("工作台", "/desk/"), ("样张", "")],
}
