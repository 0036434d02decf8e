"""What the page of a case shows, whatever the case is about: desks, the rules' verdicts, the steps of this person, the timeline.

Views call ``case_page`` and hand the result to the templates of ``templates/audit/``; templates compute nothing. Nothing here
knows a domain model: parties are put into words by the application's own ``words_of``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audit.models import Application
from audit.timeline import Desk, Line, desks, due_day, is_closed, timeline
from audit.workflow import Problem, Rule, Step, User, Workflow

TONES = {"main": "primary", "plain": "outline-primary", "refuse": "outline-danger"}


class Finding(models.TextChoices):
    """How a rule stands for a case; in the order in which a page lists them."""

    LOOK = "look", gettext_lazy("请人工看")
    FAILS = "fails", gettext_lazy("不符合")
    MEETS = "meets", gettext_lazy("符合")
    IDLE = "idle", gettext_lazy("不适用")


@dataclass(frozen=True)
class Verdict:
    """A rule as it stands for this case: the finding, the sentence, the article, what was compared or what is wrong."""

    finding: Finding
    sentence: Any
    source: Any
    why: str

    @property
    def verdict(self) -> Any:
        """The finding in words."""
        return self.finding.label


@dataclass(frozen=True)
class Action:
    """A button: ``asks`` is "" (press and done), ``note-optional`` (asks once more) or ``note`` (wants a reason).

    ``form`` is shown in it where the step writes down facts, with ``confirm`` on the button that sends it.
    """

    name: str
    label: Any
    url: str
    tone: str
    asks: str
    then: str
    note: str = ""
    is_open: bool = False
    is_link: bool = False
    form: Any = None
    confirm: Any = ""


@dataclass(frozen=True)
class Pressed:
    """A step that was just refused: shown open again with what was typed."""

    step: str
    note: str


@dataclass(frozen=True)
class CasePage:
    """All parts of a case page that do not depend on the kind of case. ``trail_query`` finds all of its events in the trail."""

    status: Any
    due_on: dt.date | None
    is_closed: bool
    desks: list[Desk]
    rules: list[Verdict]
    rules_line: str
    actions: list[Action]
    barred: list[str]
    events: list[Line]
    trail_query: str = ""


@dataclass
class Weighed:
    """The rules of a workflow held against one application, each asked once however many steps it belongs to."""

    application: Application
    found: dict[str, list[Problem]] = field(default_factory=dict)

    def problems(self, rule: Rule) -> list[Problem]:
        if rule.name not in self.found:
            self.found[rule.name] = rule(self.application)
        return self.found[rule.name]

    def blocking(self, step: Step) -> list[Problem]:
        return [problem for rule in step.known_beforehand for problem in self.problems(rule) if problem.blocking]

    def verdict(self, rule: Rule) -> Verdict:
        problems = self.problems(rule)
        if problems:
            finding = Finding.FAILS if any(problem.blocking for problem in problems) else Finding.LOOK
            return Verdict(finding, rule.sentence, problems[0].source or rule.source, _words_of(problems))
        if not rule.concerns(self.application):
            return Verdict(Finding.IDLE, rule.sentence, rule.source, "")
        return Verdict(Finding.MEETS, rule.sentence, rule.source, str(rule.compared(self.application)) if rule.compared else "")


def case_page(
    workflow: Workflow[Any],
    application: Any,
    user: User,
    *,
    url_of: Callable[[str], str],
    days: Mapping[str, int] | None = None,
    for_applicant: bool = False,
    pressed: Pressed | None = None,
    more: Iterable[Action] = (),
) -> CasePage:
    """The parts of one application's page for one person.

    ``url_of`` gives the address that takes a step; ``days`` how many calendar days a case may lie with a status. For the
    applicant (``for_applicant``) the names of staff and the rules marked ``staff_only`` are left out.
    """
    closed = is_closed(workflow, application.status)
    weighed = Weighed(application)
    verdicts = sorted_verdicts(workflow, weighed, with_staff_only=not for_applicant, reader=user)
    events = list(application.events.steps().select_related("actor"))
    due_on = due_day(application, days or {})
    actions, barred = _actions(workflow, application, user, weighed, url_of, pressed)
    return CasePage(
        status=workflow.word_of(application.status),
        due_on=due_on,
        is_closed=closed,
        desks=desks(workflow, application, events, due_on),
        rules=verdicts,
        rules_line=_count_in_words(verdicts),
        actions=sorted([*more, *actions], key=_main_first),
        barred=barred,
        events=timeline(workflow, application, events, with_names=not for_applicant),
        trail_query=urlencode({"record": application.case_number, "first": timezone.localdate(application.created_at)}),
    )


def sorted_verdicts(
    workflow: Workflow[Any], weighed: Weighed, *, with_staff_only: bool, reader: User | None = None
) -> list[Verdict]:
    """The rules of the steps that lead on from here, each once, in the order of ``Finding``; those that ``reader`` may know."""
    leading_on = [step for step in workflow.table if step.concerns(weighed.application)]
    told = [(step, rule) for step in leading_on for rule in step.known_beforehand if with_staff_only or not rule.staff_only]
    rules = {rule.name: rule for step, rule in told if _may_know(reader, rule, step, weighed.application)}
    return sorted((weighed.verdict(rule) for rule in rules.values()), key=_place)


def _may_know(reader: User | None, rule: Rule, step: Step, application: Application) -> bool:
    return not rule.own_desk_only or (reader is not None and step.is_in_reach_of(reader, application))


def _place(verdict: Verdict) -> int:
    return list(Finding).index(verdict.finding)


def _words_of(problems: Iterable[Problem]) -> str:
    return " ".join(" ".join(str(part) for part in (problem.message, problem.next_step) if part) for problem in problems)


def _count_in_words(verdicts: list[Verdict]) -> str:
    """9条：1条请人工看，7条符合，1条不适用."""
    if not verdicts:
        return ""
    total = ngettext("%(count)s条", "%(count)s条", len(verdicts)) % {"count": len(verdicts)}
    counted = [(finding.label, sum(verdict.finding == finding for verdict in verdicts)) for finding in Finding]
    parts = [ngettext("%(count)s条", "%(count)s条", count) % {"count": count} + str(word) for word, count in counted if count]
    return f"{total}：{'，'.join(parts)}"


def _actions(
    workflow: Workflow[Any],
    application: Any,
    user: User,
    weighed: Weighed,
    url_of: Callable[[str], str],
    pressed: Pressed | None,
) -> tuple[list[Action], list[str]]:
    """The buttons of this person, and in words what lies on this desk but may not be done now."""
    actions, barred = [], []
    for open_step in workflow.open_to(user, application):
        step = open_step.step
        against = weighed.blocking(step)
        just_refused = pressed is not None and pressed.step == step.name  # its note must not be lost
        if open_step.barred or (against and not just_refused):
            reasons = open_step.barred or _words_of(against)
            barred.append(_("%(step)s：%(why)s") % {"step": step.label, "why": reasons})
        else:
            actions.append(_action(step, application, url_of, pressed))
    return actions, barred


def _main_first(action: Action) -> int:
    return list(TONES.values()).index(action.tone)


def _action(step: Step, application: Any, url_of: Callable[[str], str], pressed: Pressed | None) -> Action:
    again = pressed is not None and pressed.step == step.name
    return Action(
        name=step.name,
        label=step.label,
        url=url_of(step.name),
        tone=TONES[step.tone],
        asks="note" if step.note_required else "note-optional" if step.confirm else "",
        then=str(step.follows).format(case=application),
        note=pressed.note if again and pressed else "",
        is_open=again,
    )
