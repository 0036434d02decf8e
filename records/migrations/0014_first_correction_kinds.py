"""The kinds of correction that every office has from the start; the office may lay down others later (O1)."""

import datetime as dt

from django.db import migrations

CARD = "居民身份证正反面"
HOUSEHOLD = "户口簿本人页"
POLICE = "公安机关出具的更改证明"
FORM = "考籍更改申请表"

# code, title, data, proofs (label, compulsory, not for a mere upgrade to 18 digits), printed form, guidance
KINDS = [
    (
        "name-correction", "姓名更正", ["name"],
        [(CARD, True, False), (HOUSEHOLD, True, False)],
        "姓名更正申请表",
        "登记时写错的字（同音字、形近字、生僻字）在这里更正。在公安机关改过名的，选“姓名变更”。",
    ),
    (
        "name-change", "姓名变更", ["name"],
        [(CARD, True, False), (HOUSEHOLD, True, False), (POLICE, True, False)],
        "姓名变更申请表",
        "已在公安机关改名的，凭户口簿上的曾用名记录和公安机关出具的证明变更。",
    ),
    (
        "sex", "性别更正", ["sex", "document"],
        [(CARD, True, False), (HOUSEHOLD, True, False)],
        "性别更正申请表",
        "身份证号码第17位与性别有关：号码也要改的，请一并填写证件号码，并交公安机关出具的更改证明。",
    ),
    (
        "ethnicity", "民族更正或变更", ["ethnicity"],
        [(CARD, True, False), (HOUSEHOLD, True, False), ("民族工作部门和公安机关的变更证明", False, False)],
        "民族更正（变更）申请表",
        "登记错误的凭身份证、户口簿更正；民族成份经批准变更的，另交变更证明。",
    ),
    (
        "birth-date", "出生日期更正", ["birth_date", "document"],
        [(CARD, True, False), (HOUSEHOLD, True, False), (POLICE, False, False)],
        "出生日期更正申请表",
        "居民身份证号码含出生日期：号码也要改的，请一并填写证件号码。公安机关更改过出生日期的，交更改证明。",
    ),
    (
        "document-number", "证件号码更正（含15位升18位）", ["document"],
        [(CARD, True, False), (HOUSEHOLD, True, True), (POLICE, True, True)],
        "证件号码更正申请表",
        "15位身份证号码升为18位的，只交身份证正反面；其他号码更正须交公安机关出具的更改证明。",
    ),
    (
        "document-replacement", "证件更换", ["document"],
        [("原证件和新证件", True, False), ("发证机关出具的同一人证明", True, False)],
        "证件更换登记表",
        "换用另一种证件（如护照换为居民身份证、军人证件换为居民身份证）的，交原证件、新证件和同一人证明。",
    ),
    (
        "photo", "照片更换", ["photo"],
        [(CARD, True, False)],
        "照片更换申请表",
        "新照片须为近期免冠证件照，与身份证上的照片可以辨认为同一人，JPEG或PNG。已领毕业证书的不再更换。",
    ),
    (
        "prior-education", "前置学历更正", ["prior_education", "prior_major"],
        [("毕业证书", True, False), ("教育部学籍在线验证报告或学历认证报告", False, False)],
        "前置学历更正申请表",
        "更正后，在办的毕业申请须重新核验前置学历。",
    ),
    (
        "other", "其他自然信息更正", ["household", "political_status", "education", "exam_area", "candidate_kind"],
        [(CARD, True, False), ("与更正内容有关的证明", False, False)],
        FORM,
        "手机、通讯地址、邮政编码、电子邮箱、职业和助学单位不用申请，在个人空间“联系方式”里自己改。",
    ),
]  # fmt: skip


def lay_down(apps, schema_editor):
    CorrectionKind = apps.get_model("records", "CorrectionKind")
    for position, (code, title, fields, proofs, form_title, guidance) in enumerate(KINDS):
        CorrectionKind.objects.get_or_create(
            code=code,
            defaults={
                "title": title,
                "fields": fields,
                "proofs": [
                    {"label": label, "compulsory": compulsory, "unless_upgrade": unless} for label, compulsory, unless in proofs
                ],
                "form_title": form_title,
                "guidance": guidance,
                "position": position,
                "in_force_from": dt.date(2026, 1, 1),
            },
        )


class Migration(migrations.Migration):
    dependencies = [("records", "0013_correction_kinds")]

    operations = [migrations.RunPython(lay_down, migrations.RunPython.noop)]
