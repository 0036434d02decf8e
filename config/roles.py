"""Who may do what: one role per duty code of the office's rules, each a group with its permissions.

Beside the duty codes: heads (``OH UH LH``), verifier, named editor and auditor of the city (``OV OE OA``, K1 and K2), and
people of an office who are not record staff (``OS US``): they look only on leave (K4). *Where* somebody may do it is a grant on
an office row, *fresh eyes* the workflow's affair. ``TIER`` says which kind of office may give a role. ``sync`` brings the
database's groups in step with this table after every migration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

CITY, UNIVERSITY, DISTRICT = "municipality", "university", "district"


@dataclass(frozen=True)
class Role:
    """A duty: its code (also the group's name), the office kind that has it, what it is called, what it permits."""

    code: str
    tier: str
    title: Any
    permissions: tuple[str, ...]


READ = "records.read_record"
REGISTER = "records.register_candidate"
STATISTICS = "scores.read_statistics"
SIT = "scores.import_registrations"
KEEP_SNAPSHOTS = "scores.keep_snapshots"
RELEASE_FIGURES = "scores.release_statistics"
TRAIL = "audit.read_trail"
DAILY = "audit.view_dailyreport"
CORRECTION_KINDS = "records.edit_correction_kinds"
CERTIFY = "records.issue_certificate"
COUNTER = "records.look_up_at_counter"
WORKING_DAYS = "records.edit_working_days"
CHECK_REVIEW, DECIDE_REVIEW = "scores.check_review", "scores.decide_review"
KIOSKS = "records.manage_kiosks"
ARRANGE, CONFIRM = "scores.arrange_practicals", "scores.confirm_practicals"
RECORD_VIOLATION, PROPOSE_VIOLATION = "scores.record_violation", "scores.propose_violation"
DECIDE_VIOLATION, REVIEW_VIOLATION = "scores.decide_violation", "scores.review_violation"
VIOLATIONS = (RECORD_VIOLATION, PROPOSE_VIOLATION)
PREPARE, RELEASE = "records.prepare_messages", "records.release_messages"
HEAD = ("records.appoint_people", "records.grant_access", "records.review_reading", KIOSKS, TRAIL)
RECORD_HEAD = (*HEAD, "records.revoke_certificate", RELEASE)

HEADS = {CITY: "OH", UNIVERSITY: "UH", DISTRICT: "LH"}
EDITOR = "OE"

ROLES = {
    role.code: role
    for role in [
        Role("O1", CITY, _("规章制度"), (READ, CORRECTION_KINDS, WORKING_DAYS, DAILY)),
        Role("O2", CITY, _("任务与检查"), (READ, "records.receive_archive_report", PREPARE)),
        Role(
            "O3",
            CITY,
            _("成绩管理"),
            (
                READ,
                "scores.import_scores",
                "scores.publish_scores",
                SIT,
                STATISTICS,
                RELEASE_FIGURES,
                *VIOLATIONS,
                DECIDE_REVIEW,
                KEEP_SNAPSHOTS,
            ),
        ),
        Role("O4", CITY, _("免考审定"), (READ, "exemptions.decide_exemption")),
        Role("O5", CITY, _("省际转考"), (READ,)),
        Role("O6", CITY, _("毕业审批"), (READ, "graduation.approve_graduation", "graduation.audit_cohort")),
        Role("O7", CITY, _("统计上报"), (STATISTICS,)),
        Role(
            "OH",
            CITY,
            _("负责人"),
            (
                READ,
                *RECORD_HEAD,
                CORRECTION_KINDS,
                WORKING_DAYS,
                "records.approve_correction",
                DECIDE_VIOLATION,
                REVIEW_VIOLATION,
                DAILY,
            ),
        ),
        Role("OV", CITY, _("考籍更改核定"), (READ, "records.verify_correction", "records.decide_merger", REVIEW_VIOLATION)),
        Role("OE", CITY, _("考籍更改专人"), (READ, "records.carry_out_correction")),
        Role("OA", CITY, _("留痕审计"), (TRAIL, DAILY)),
        Role("OS", CITY, _("其他岗位"), ()),
        Role("U1", UNIVERSITY, _("实施细则"), (READ,)),
        Role("U2", UNIVERSITY, _("任务办理"), (READ,)),
        Role(
            "U3",
            UNIVERSITY,
            _("考生与考籍"),
            (
                READ,
                REGISTER,
                "records.check_correction",
                "records.keep_paper_file",
                CERTIFY,
                COUNTER,
                PREPARE,
                RECORD_VIOLATION,
                CHECK_REVIEW,
            ),
        ),
        Role("U4", UNIVERSITY, _("免考初审"), (READ, "exemptions.review_exemption")),
        Role("U5", UNIVERSITY, _("转籍转考"), (READ,)),
        Role("U6", UNIVERSITY, _("实践环节"), (READ, ARRANGE, CONFIRM, RECORD_VIOLATION)),
        Role("U7", UNIVERSITY, _("毕业初审"), (READ, "graduation.check_graduation", "graduation.audit_cohort")),
        Role("U8", UNIVERSITY, _("院校统计"), (STATISTICS,)),
        Role("U9", UNIVERSITY, _("学位授予"), (READ,)),
        Role("UH", UNIVERSITY, _("负责人"), (READ, *RECORD_HEAD, CONFIRM)),
        Role("US", UNIVERSITY, _("其他岗位"), ()),
        Role("L6", DISTRICT, _("柜台查询"), (COUNTER,)),
        Role("LH", DISTRICT, _("负责人"), HEAD),
    ]
}

PERMISSIONS = {
    READ: _("查看考籍（写明用途，记入留痕）"),
    REGISTER: _("登记考生，补充登记信息"),
    STATISTICS: _("查看成绩统计"),
    RELEASE_FIGURES: _("公开考次统计，撤回公开"),
    TRAIL: _("查询和导出留痕，核对封存"),
    DAILY: _("看日报，补出日报"),
    CORRECTION_KINDS: _("设置更改的种类和所需证明"),
    WORKING_DAYS: _("设置节假日和调休上班日"),
    CHECK_REVIEW: _("核对成绩复核申请，柜台代为提交"),
    DECIDE_REVIEW: _("复核成绩，确认他人的复核结果"),
    KEEP_SNAPSHOTS: _("生成、下载成绩快照"),
    "records.appoint_people": _("任免本机构人员的职责，添加人员，重设登录"),
    "records.grant_access": _("批准查阅申请，复核紧急查阅"),
    "records.review_reading": _("查看异常查阅"),
    "records.approve_correction": _("批准须负责人同意的更改"),
    "records.verify_correction": _("核定考籍更改"),
    "records.carry_out_correction": _("执行考籍更改"),
    "records.check_correction": _("受理并核对考籍更改"),
    "records.keep_paper_file": _("管理纸质考籍档案"),
    "records.receive_archive_report": _("接收纸质档案报告"),
    CERTIFY: _("出具证明"),
    "records.revoke_certificate": _("撤销证明"),
    COUNTER: _("柜台查询，打印考籍信息"),
    KIOSKS: _("设置和停用自助终端"),
    PREPARE: _("拟写群发消息"),
    RELEASE: _("发送群发消息"),
    "records.decide_merger": _("核定考籍合并"),
    SIT: _("导入、撤销报考"),
    "scores.import_scores": _("导入、入库、撤销成绩"),
    "scores.publish_scores": _("提出和确认成绩公布"),
    ARRANGE: _("安排实践考核，办理报名，录入结果"),
    CONFIRM: _("第二人确认实践考核结果"),
    RECORD_VIOLATION: _("登记考试违规"),
    PROPOSE_VIOLATION: _("告知违规事实，听取申辩，提出处理意见，送达"),
    DECIDE_VIOLATION: _("决定考试违规的处理"),
    REVIEW_VIOLATION: _("登记违规处理的复核结论"),
    "exemptions.review_exemption": _("初审免考"),
    "exemptions.decide_exemption": _("审定免考"),
    "graduation.check_graduation": _("核对毕业申请"),
    "graduation.approve_graduation": _("审批毕业"),
    "graduation.audit_cohort": _("成批审核毕业条件"),
}
"""What each permission of the table lets somebody do, in words; a permission without words fails a test."""


def sync() -> None:
    """Make the groups and their permissions equal to the table; raises ``LookupError`` for a permission that does not exist."""
    for role in ROLES.values():
        group, _created = Group.objects.get_or_create(name=role.code)
        group.permissions.set(_permissions(role))


def _permissions(role: Role) -> list[Permission]:
    if not role.permissions:
        return []
    wanted = Q()
    for name in role.permissions:
        app, codename = name.split(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    found = list(Permission.objects.filter(wanted))
    if len(found) != len(role.permissions):
        raise LookupError(f"{role.code}: {role.permissions}")
    return found


def titles_of(user: Any) -> list[str]:
    """The duties of a person in words with their codes, for the top bar: 免考审定(O4)."""
    return [f"{ROLES[name].title}({name})" for name in user.duties if name in ROLES]
