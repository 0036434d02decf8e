"""The one door: every application moves by ``Workflow.take`` and by nothing else.

A workflow is a table of steps (``exemptions/workflow.py`` reads like the regulation's flow chart). ``take`` locks the row, checks
the status, the authority and the rules, writes the trail, moves, and applies the effect, in one transaction. Authority is *what*
(the user's permission), *where* (the party that the user represents, asked of the application's own class) and *fresh eyes* (no
earlier step of the named kinds by the same person).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from audit.acting import acting, current
from audit.models import Application, Event, ServerClock


class User(Protocol):
    """What the mechanism asks of a user."""

    @property
    def pk(self) -> Any: ...
    def has_perm(self, perm: str, obj: Any = None) -> bool: ...


class Status(models.TextChoices):
    """Statuses that most workflows share, each named after the desk that holds the file."""

    DRAFT = "draft", _("草稿")
    UNIVERSITY = "university", _("主考院校初审中")
    MUNICIPALITY = "municipality", _("市自考办审定中")
    RETURNED = "returned", _("退回补正")
    GRANTED = "granted", _("已批准")
    REFUSED = "refused", _("不予批准")
    WITHDRAWN = "withdrawn", _("已撤回")


@dataclass(frozen=True)
class Problem:
    """Why a step may not be taken: a stable ``code`` for tests and clients, a text for people, the legal source.

    ``next_step`` says what the person can do about it. A problem that is not ``blocking`` asks for a person's judgement.
    """

    code: str
    message: Any
    source: Any = ""
    next_step: Any = ""
    blocking: bool = True


class Refused(Exception):
    """The step is not taken; ``problems`` says all the reasons at once. Nothing was written."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(", ".join(problem.code for problem in problems))
        self.problems = problems


class NotNow(Refused):
    """The file has moved on: another desk holds it by now, or the step was taken already."""


A = TypeVar("A", bound=Application)
Check = Callable[[Any], list[Problem]]
Effect = Callable[[Any, Event], None]


@dataclass(frozen=True)
class Rule:
    """A sentence that is true when all is well, its article, and the function that finds what is wrong.

    ``applies`` says whether the sentence concerns this case at all, ``compared`` what was held against what ("" for nothing to
    add); ``staff_only`` keeps a verdict that tells about other people from the applicant's page, ``own_desk_only`` one that tells
    what only this desk may know from everybody who cannot take the step. ``fact`` names the field of which the sentence speaks:
    a page does not hold it against a step that writes down that very fact (``Step.records``).
    """

    sentence: Any
    source: Any
    check: Check
    applies: Callable[[Any], bool] | None = None
    compared: Callable[[Any], Any] | None = None
    staff_only: bool = False
    own_desk_only: bool = False
    fact: str = ""

    @property
    def name(self) -> str:
        return getattr(self.check, "__name__", "")

    def concerns(self, application: Any) -> bool:
        """Whether there is anything to check in this case."""
        return self.applies is None or self.applies(application)

    def __call__(self, application: Any) -> list[Problem]:
        return self.check(application) if self.concerns(application) else []


def rule(sentence: Any, source: Any = "", **more: Any) -> Callable[[Check], Rule]:
    """Make a rule of a function ``application -> [Problem]`` that never raises nor writes; ``more`` are fields of ``Rule``."""

    def decorate(check: Check) -> Rule:
        return Rule(sentence, source, check, **more)

    return decorate


@dataclass(frozen=True)
class Step:
    """One line of a workflow's table.

    ``by`` names the acting party as the application's class knows it; ``duty`` is what that party does here, in words (免考初审).
    ``label`` and ``follows`` are the button and the line under it (what happens, who is told, what can be undone; ``{case}`` is
    the application); ``tone`` is ``main``, ``plain`` or ``refuse``; ``confirm`` asks once more before the step is taken.
    ``records`` names the fields of the case in which this party writes down what it found (a step may lead back to its source).
    No case waits for a step that is not ``is_awaited`` (withdrawing, ending early): it puts nothing on anybody's desk.
    ``applies`` says for which cases the line is meant, where two ways lead on from one desk; for others there is no such step.
    """

    name: str
    source: Collection[str]
    target: str
    by: str
    label: Any
    follows: Any = ""
    tone: str = "plain"
    duty: Any = ""
    confirm: bool = False
    permission: str = ""
    rules: tuple[Rule, ...] = ()
    effect: Effect | None = None
    note_required: bool = False
    independent_of: Collection[str] = ()
    records: Collection[str] = ()
    is_awaited: bool = True
    applies: Callable[[Any], bool] | None = None

    def concerns(self, application: Application) -> bool:
        """Whether the case lies on a desk from which this step leads on, and it is meant for such cases."""
        return application.status in self.source and (self.applies is None or self.applies(application))

    def is_in_reach_of(self, user: User, application: Application) -> bool:
        """*What* and *where*, without fresh eyes: whether this desk is the user's at all."""
        if self.permission and not user.has_perm(self.permission):
            return False
        mine = type(application).represented_by(self.by, user)
        return type(application)._base_manager.filter(mine, pk=application.pk).exists()

    def has_fresh_eyes(self, user: User, application: Application) -> bool:
        """Whether the user took none of the steps that this one must be independent of."""
        if not self.independent_of:
            return True
        return not application.events.steps().filter(actor_id=user.pk, verb__in=self.independent_of).exists()

    @property
    def known_beforehand(self) -> list[Rule]:
        """The rules that can be judged before the step writes down its facts."""
        return [rule for rule in self.rules if not rule.fact or rule.fact not in self.records]

    def problems(self, application: Application) -> list[Problem]:
        """Everything that the rules hold against the step now, blocking or not."""
        return [problem for check in self.rules for problem in check(application)]


@dataclass(frozen=True)
class OpenStep:
    """A step as a page shows it to one person: takable, or barred with the reason."""

    step: Step
    barred: Any = ""


@dataclass(frozen=True)
class Workflow(Generic[A]):
    """The table of one kind of application. ``route`` lists the statuses of the plain way through, for the row of desks.

    ``desks`` gives the desk of each status on the route its title and what happens there; ``statuses`` holds the words.
    """

    model: type[A]
    table: tuple[Step, ...]
    route: tuple[str, ...]
    desks: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    statuses: type[models.TextChoices] = Status
    steps: dict[str, Step] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", {step.name: step for step in self.table})
        if len(self.steps) != len(self.table):
            raise ValueError(f"{self.model.__name__}: two steps of one name")

    def word_of(self, status: str) -> Any:
        """The status in words; the status itself where the enumeration does not have it."""
        return self.statuses(status).label if status in self.statuses.values else status

    def take(self, name: str, application: A, *, by: User, note: str = "", facts: Mapping[str, Any] | None = None) -> Event:
        """Take one step and return its line of the trail; reload the caller's instance afterwards.

        ``facts`` are written to the case before the rules are asked, and stay only if the step is taken. Raises ``KeyError`` for
        a step that the table does not have or a fact that the step does not record, ``NotNow`` (the file has moved on),
        ``PermissionDenied`` (also written to the trail) or ``Refused`` with every reason; then nothing else is written.
        """
        step = self.steps[name]
        if unknown := set(facts or ()) - set(step.records):
            raise KeyError(*sorted(unknown))
        try:
            with acting(by, purpose=note), transaction.atomic():
                return self._move(step, application, by, note.strip(), facts or {})
        except PermissionDenied:
            with acting(by):
                self._record(step, application, note, outcome=Event.Outcome.DENIED, after="")
            raise

    def _move(self, step: Step, application: A, by: User, note: str, facts: Mapping[str, Any]) -> Event:
        application = self.model._base_manager.select_for_update(of=("self",)).get(pk=application.pk)
        if not step.is_in_reach_of(by, application) or not step.has_fresh_eyes(by, application):
            raise PermissionDenied(step.name)
        if not step.concerns(application):
            raise NotNow([Problem("step.moved-on", _("本件已不在这一步，请刷新后查看现在的状态。"))])
        self._write_down(application, facts)
        problems = [problem for problem in step.problems(application) if problem.blocking]
        if step.note_required and not note:
            problems.append(Problem("step.note-missing", _("请填写理由，申请人会看到它。")))
        if problems:
            raise Refused(problems)
        event = self._record(step, application, note, outcome=Event.Outcome.DONE, after=step.target)
        if step.target != application.status:
            self.model._base_manager.filter(pk=application.pk).update(status=step.target, status_since=ServerClock())
            application.status = step.target
        if step.effect:
            step.effect(application, event)
        return event

    def _write_down(self, application: A, facts: Mapping[str, Any]) -> None:
        for name, value in facts.items():
            setattr(application, name, value)
        if facts:
            application.save(update_fields=list(facts))

    def _record(self, step: Step, application: A, note: str, *, outcome: str, after: str) -> Event:
        circumstances = current().columns() | {"capacity": application.capacity_of(step.by)}
        return Event.objects.create(
            kind=Event.Kind.STEP,
            verb=step.name,
            outcome=outcome,
            subject_table=self.model._meta.db_table,
            subject_id=application.pk,
            candidate_id=application.concerned_candidate_id,
            before=application.status,
            after=after,
            note=note,
            details={"permission": step.permission} if step.permission else {},
            **circumstances,
        )

    def open_to(self, user: User, application: A) -> list[OpenStep]:
        """The buttons of a page: the steps that lie on this person's desk now, those that fresh eyes bar with the reason."""
        here = [step for step in self.table if step.concerns(application) and step.is_in_reach_of(user, application)]
        seen = _("前一步由您经办，须由另一人办理。")
        return [OpenStep(step, "" if step.has_fresh_eyes(user, application) else seen) for step in here]

    def waiting_for(self, user: User) -> models.QuerySet[A]:
        """The in-tray: applications with a step that this person may take now; longest waiting first."""
        tray = models.Q(pk__in=[])
        taken: models.Q
        for step in self.table:
            if not step.is_awaited or (step.permission and not user.has_perm(step.permission)):
                continue
            taken = models.Q(status__in=list(step.source)) & self.model.represented_by(step.by, user)
            tray |= self._unseen(step, user, taken)
        return self.model._base_manager.filter(tray).order_by("status_since", "pk")

    def _unseen(self, step: Step, user: User, where: models.Q) -> models.Q:
        if not step.independent_of:
            return where
        mine = Event.objects.filter(
            kind=Event.Kind.STEP,
            outcome=Event.Outcome.DONE,
            subject_table=self.model._meta.db_table,
            subject_id=models.OuterRef("pk"),
            actor_id=user.pk,
            verb__in=list(step.independent_of),
        )
        return where & ~models.Q(models.Exists(mine))

    def is_a_duty_of(self, user: User) -> bool:
        """Whether some step is this person's duty, wherever (for menus and counts)."""
        return any(step.permission and user.has_perm(step.permission) for step in self.table)
