"""Every setting that an office may change, with its meaning, its form and the value in force before anyone sets another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Definition:
    """One setting: what it means to people, the value that holds from the start, and where that comes from."""

    key: str
    label: Any
    default: Any
    source: str = ""


GRADUATION_NOTICE = "\n".join(
    [
        "毕业时间为每年6月和12月，在公布的毕业申请时间内提交；过期的按下半年批次办理。",
        "姓名、证件号码和照片必须与有效证件一致。不一致的先办更正；证书颁发后不再更改。",
        "专升本考生要交验专科及以上毕业证书（或本科结业证书）原件，由主考院校网上核验。",
        "免考、转考申请没有办结的，等办结后再申请毕业。",
        "《毕业生登记表》由本人填写自我鉴定，思想品德鉴定由所在单位或街道盖章后交主考院校。",
    ]
)
"""What a candidate reads before applying to graduate, until the office writes its own."""

TICKET_VALIDITY = "长期有效，专科、本科各专业通用；换发新号后，以新号为准。"
TICKET_INSTRUCTIONS = "\n".join(
    [
        "参加考试须带本准考证和报名时用的有效证件原件。",
        "每次考试的科目、时间和考场以当次考试通知单为准。",
        "考籍号写在试卷密封线外，不要告诉他人。",
        "姓名、证件等有误的，带证件到主考院校办理更改，不得涂改。",
        "准考证遗失的，可在个人空间重新下载打印，号码不变。",
    ]
)
"""What stands on every admission ticket, until the office or a university writes its own."""

DEFINITIONS = {
    definition.key: definition
    for definition in [
        Definition("number.record", _("考籍号格式"), "{scattered:9}{check}", "市自考办设置"),
        Definition("number.ticket", _("准考证号格式"), "{year:02}{half}{serial:08}{check}", "市自考办设置"),
        Definition("number.registration", _("报名号格式"), "9{scattered:9}{check}", "市自考办设置"),
        Definition(
            "number.diploma", _("毕业证书编号格式"), "6{level}3200{county:02}{year:02}{half}{serial:05}{check}", "FACTS §9"
        ),
        Definition("number.diploma_check", _("毕业证书编号校验位算法（iso7064 或 luhn）"), "iso7064", "市自考办设置"),
        Definition("number.paper_file", _("纸质档案编号格式"), "{year:04}{serial:06}", "主考院校设置"),
        Definition("number.certificate", _("证明编号格式"), "{year:04}{scattered:8}{check}", "市自考办设置"),
        Definition("desk.days.merger", _("考籍合并的办理期限（天）"), 15, "市自考办设置"),
        Definition("photo.min_width", _("照片宽度至少（像素）"), 240, "市自考办设置"),
        Definition("photo.min_height", _("照片高度至少（像素）"), 320, "市自考办设置"),
        Definition("photo.max_kilobytes", _("照片文件大小上限（KB）"), 500, "市自考办设置"),
        Definition("photo.ratio", _("照片高与宽之比"), "4:3", "市自考办设置"),
        Definition("photo.ratio_tolerance", _("照片高宽比允许的偏差（百分比）"), 3, "市自考办设置"),
        Definition("photo.background", _("照片背景色（RGB）"), [100, 197, 255], "FACTS §7"),
        Definition("photo.background_tolerance", _("照片背景色每一分量允许的偏差"), 60, "市自考办设置"),
        Definition("photo.background_share", _("照片边缘至少百分之几须是背景色"), 90, "市自考办设置"),
        Definition("ticket.validity", _("准考证有效期"), TICKET_VALIDITY, "市自考办设置"),
        Definition("ticket.instructions", _("准考证上的考生须知（每行一条）"), TICKET_INSTRUCTIONS, "市自考办设置"),
        Definition("ticket.batch_days", _("成批打印的准考证文件保存几天后删除"), 7, "市自考办设置"),
        Definition("photo.max_megapixels", _("照片像素上限（百万）"), 24, "市自考办设置"),
        Definition("kiosk.idle_seconds", _("自助终端几秒后清屏"), 60, "市自考办设置"),
        Definition("kiosk.lookups_per_hour", _("一台自助终端每小时最多查询几次"), 120, "市自考办设置"),
        Definition("sms.keywords.scores", _("短信查成绩的关键词"), ["成绩", "CJ"], "市自考办设置"),
        Definition("sms.inbound_a_day", _("一个手机号码、一名考生每天最多短信查询几次"), 10, "市自考办设置"),
        Definition("slip.valid_hours", _("账户启用单几小时内有效"), 72, "市自考办设置"),
        Definition("graduation.waived_credits", _("免考核的实践学分随所属课程计入"), True, "专业考试计划简编 编写说明"),
        Definition("graduation.months", _("毕业时间（月份）"), [6, 12], "暂行条例第二十七条"),
        Definition("graduation.day", _("毕业日期（该月几日）"), 30, "市自考办设置"),
        Definition("graduation.self_assessment_least", _("自我鉴定最少字数（0为不限）"), 0, "主考院校通知"),
        Definition("graduation.notice", _("毕业申请须知（每行一条）"), GRADUATION_NOTICE, "市自考办设置"),
        Definition("graduation.local_minimum", _("转入考生须在本市合格的门数"), {"专科": 5, "专升本": 4}, "沪转入办法"),
        Definition("graduation.transfer_months", _("转入后满几个月方可毕业"), 6, "沪转入办法"),
        Definition("people.deputy_days", _("代理最长天数（自办理当天起）"), 90, "市自考办设置"),
        Definition("desk.days.exemption", _("免考每一步的办理期限（天）"), 15, "市自考办设置"),
        Definition("desk.days.correction", _("考籍更改每一步的办理期限（天）"), 15, "市自考办设置"),
        Definition("desk.days.graduation", _("毕业每一步的办理期限（天）"), 30, "市自考办设置"),
        Definition("desk.days.violation", _("考试违规每一步的办理期限（天）"), 15, "市自考办设置"),
        Definition("violation.statement_days", _("考试违规告知后几天内可以陈述申辩、要求听证"), 15, "市自考办设置"),
        Definition("violation.review_days", _("违规处理决定送达后几天内可以申请复核"), 15, "国家教育考试违规处理办法第二十七条"),
        Definition("violation.review_answer_days", _("复核受理后几天内作出决定"), 30, "国家教育考试违规处理办法第二十八条"),
        Definition("correction.another_person_least", _("几项身份信息一起更改须负责人审批"), 2, "市自考办设置"),
        Definition("correction.another_person_days", _("多少天内办结的更改与本次合并计算"), 365, "市自考办设置"),
        Definition("correction.birth_date_in_number", _("证件号码只随出生日期改动的，两项合并计算"), False, "市自考办设置"),
        Definition("desk.days.practical", _("实践考核每一步的办理期限（天）"), 15, "市自考办设置"),
        Definition("practical.thesis_may_miss", _("报考毕业论文（设计）时其他课程最多可差几门"), 0, "专业考试计划"),
        Definition("desk.days.review", _("成绩复核每一步的办理期限（天）"), 7, "市自考办设置"),
        Definition("marks.kept_years", _("成绩保存年限（自公布起几年，0为永久）"), 0, "市自考办设置"),
        Definition("review.working_days", _("成绩公布后几个工作日内可以申请复核"), 7, "FACTS §4"),
        Definition("review.practical", _("实践环节的成绩可以申请复核"), True, "市自考办设置"),
        Definition("desk.days.access", _("查阅申请的办理期限（天）"), 2, "市自考办设置"),
        Definition("access.most_days", _("一次查阅最多几天"), 30, "市自考办设置"),
        Definition("access.most_records", _("一次查阅逐份写明的考籍最多几份"), 200, "市自考办设置"),
        Definition("access.most_hits", _("一次查阅按条件查到的考籍最多几份"), 2000, "市自考办设置"),
        Definition("access.urgent_hours", _("紧急查阅几小时后到期"), 24, "市自考办设置"),
        Definition("access.urgent_records", _("紧急查阅未复核的考籍合计最多几份"), 5, "市自考办设置"),
        Definition("exemption.cet_least_score", _("大学英语四级可免考的最低分"), 425, "证书免考课程对照"),
        Definition("reads.show_names", _("考生查看查阅记录时显示经办人姓名"), False, "市自考办设置"),
        Definition("unusual.records_a_day", _("一人一天查阅多少份考籍以内属正常"), 200, "市自考办设置"),
        Definition("unusual.day_starts", _("工作时间自"), "07:00", "市自考办设置"),
        Definition("unusual.day_ends", _("工作时间至"), "21:00", "市自考办设置"),
        Definition("unusual.weekend", _("周末查阅列为非工作时间"), True, "市自考办设置"),
        Definition("unusual.outside_a_day", _("一人一天查阅多少份与经办事项无关的考籍以内属正常"), 10, "市自考办设置"),
        Definition("unusual.recent_case_days", _("办结后多少天内仍算经办事项"), 30, "市自考办设置"),
        Definition("unusual.same_search", _("同一内容查找几次起列为反复查找"), 5, "市自考办设置"),
        Definition("unusual.same_search_days", _("反复查找按几天计算"), 7, "市自考办设置"),
        Definition("trail.export_days", _("导出的留痕保存几天后删除"), 30, "市自考办设置"),
        Definition("upload.max_megabytes", _("单个材料大小上限(MB)"), 10, "市自考办设置"),
        Definition("upload.max_megapixels", _("单张图片像素上限（百万）"), 120, "市自考办设置"),
        Definition("import.max_unpacked_megabytes", _("表格解压后大小上限(MB)"), 300, "市自考办设置"),
    ]
}
