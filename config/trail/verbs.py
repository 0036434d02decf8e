"""What was done, in words: reads and refusals by one table, steps by their workflow, changes of rows by what became of them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import Event
from audit.workflow import Step
from config.looks import VERBS
from config.workflows import KINDS
from records.people.sign_in_trail import TITLES

CHANGES = {
    "insert": gettext_lazy("新增"),
    "update": gettext_lazy("更改"),
    "delete": gettext_lazy("删除"),
}

READS = {
    "record": gettext_lazy("查阅考籍"),
    "document": gettext_lazy("查看材料"),
    "case": gettext_lazy("查看案卷"),
    "list": gettext_lazy("查看名单"),
    "message-again": gettext_lazy("重新发送消息"),
    "search": gettext_lazy("查找考生"),
    "export": gettext_lazy("导出"),
    "audit": gettext_lazy("查看毕业审核结果"),
    "cohort": gettext_lazy("查看成批审核结果"),
    "fault-report": gettext_lazy("下载带错误列的表"),
    "counter": gettext_lazy("柜台办理时查看"),
    "registering": gettext_lazy("登记考生时查看"),
    "duplicate": gettext_lazy("比对疑似重复"),
    "print": gettext_lazy("打印更改表"),
    "photo": gettext_lazy("采集、审核照片"),
    "ticket": gettext_lazy("打印准考证"),
    "certificate": gettext_lazy("办理证明"),
    "trail": gettext_lazy("查询留痕"),
    "trail-event": gettext_lazy("查看一条留痕"),
    "trail-verify": gettext_lazy("核验留痕"),
    "refused": gettext_lazy("打开无权查看的页面"),
}

OTHER_STEPS = {
    **TITLES,
    "run-job": gettext_lazy("执行批处理"),
    "revoke-certificate": gettext_lazy("撤销证明"),
    "register-by-hand": gettext_lazy("手工报考"),
    "cancel-registration": gettext_lazy("取消报考"),
    "confirm": gettext_lazy("确认入库"),
    "enter": gettext_lazy("入库"),
    "undo": gettext_lazy("撤销批次"),
    "open-keying": gettext_lazy("建成绩录入表"),
    "begin-keying": gettext_lazy("开始录入成绩"),
    "finish-keying": gettext_lazy("录完成绩"),
    "hand-over-keying": gettext_lazy("两人一致，转成批次"),
    "give-up-keying": gettext_lazy("作废成绩录入表"),
    "ask-snapshot": gettext_lazy("生成成绩快照"),
}


def step_of(table: str, verb: str) -> Step | None:
    """The workflow's step behind an event; None where no workflow has it (any more)."""
    for kind in KINDS:
        if kind.workflow.model._meta.db_table == table:
            return kind.workflow.steps.get(verb)
    return None


def verb_in_words(event: Event) -> str:
    """查阅考籍, 建议准予, 更改; the verb itself where nothing says more."""
    if event.kind == Event.Kind.CHANGE:
        return str(CHANGES.get(event.verb, event.verb))
    if event.kind == Event.Kind.STEP:
        step = step_of(event.subject_table, event.verb)
        return str(step.label if step else OTHER_STEPS.get(event.verb, event.verb))
    return str(READS.get(event.verb) or VERBS.get(event.verb) or event.verb)


def choices() -> list[Any]:
    """Everything that can be done, for a field to choose from: ``read.record``, ``change.update``, ``step.recommend.TABLE``."""
    groups: list[Any] = [
        (_("查阅"), [(f"read.{verb}", word) for verb, word in {**VERBS, **READS}.items()]),
        (_("变更"), [(f"change.{verb}", word) for verb, word in CHANGES.items()]),
    ]
    for kind in KINDS:
        table = kind.workflow.model._meta.db_table
        groups.append((kind.label, [(f"step.{step.name}.{table}", step.label) for step in kind.workflow.table]))
    groups.append((_("登录与批处理"), [(f"step.{verb}", word) for verb, word in OTHER_STEPS.items()]))
    return groups


def chosen(choice: str) -> dict[str, str]:
    """The conditions behind a choice."""
    kind, verb, table = [*choice.split(".", 2), "", "", ""][:3]
    return {"kind": kind, "verb": verb, "table": table}
