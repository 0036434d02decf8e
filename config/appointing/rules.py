"""The rules of appointing: who may give and take which duty, from when until when. Questions only; ``moves.py`` writes.

Sources: DUTIES (O1, K2, K4), HOUSE §2. A duty is changed by the head of the office, or by the head's deputy; heads come from
above; nobody touches what is their own.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from audit.workflow import Problem
from config.appointing.duties import (
    Duty,
    Standing,
    Term,
    deputy_days,
    duties_of,
    holds_in_full,
    is_municipal_head,
    last_day_of_deputies,
    standing_of,
    term_in_words,
)
from config.appointing.places import office_of
from config.roles import EDITOR, ROLES
from config.wording import written_date
from records.offices.models import Office
from records.people.models import Appointment, User


def barred_from(by: User, duty: Duty, today: dt.date) -> list[Problem]:
    """Why ``by`` may not change this duty at all: neither give nor take it nor move its end; [] for who may.

    One reason is enough: the first that holds.
    """
    standing = standing_of(by, today)
    if standing == Standing.NONE:
        return [Problem("appointing.not-head", _("只有机构负责人或其代理人可以任免职责。"))]
    if duty.person.pk == by.pk:
        text, next_step = _("自己的职责不能由自己给予、收回或改期。"), _("请由上级或其他负责人办理。")
        return [Problem("appointing.own", text, next_step=next_step)]
    if ROLES[duty.code].tier != duty.office.kind:
        words = {"duty": duty.words, "kind": Office.Kind(duty.office.kind).label}
        return [Problem("appointing.other-tier", _("%(duty)s不是%(kind)s的职责。") % words)]
    if duty.office != office_of(by):
        return _barred_elsewhere(by, duty, today)
    return _barred_at_home(by, duty, standing)


def _barred_elsewhere(by: User, duty: Duty, today: dt.date) -> list[Problem]:
    """At other offices the municipal head appoints the heads, and nobody anything else."""
    if not is_municipal_head(by, today):
        text = _("%(office)s的职责由该机构负责人任免，其负责人由市自考办负责人任免。")
        return [Problem("appointing.other-office", text % {"office": duty.office})]
    if not duty.is_headship:
        text = _("市自考办负责人只任免主考院校和区自考办的负责人，%(office)s的其他职责由该机构负责人任免。")
        return [Problem("appointing.other-office", text % {"office": duty.office})]
    return []


def _barred_at_home(by: User, duty: Duty, standing: Standing) -> list[Problem]:
    """A deputy leaves the head's own choices alone; heads come from above; who stands in for me is not mine to choose."""
    if duty.is_headship and duty.deputy_for is None:
        return [Problem("appointing.from-above", _from_above(duty.office))]
    if standing != Standing.HEAD and (duty.is_headship or duty.code == EDITOR):
        text = _("%(duty)s须由负责人本人任免，代理人不能办理。") % {"duty": duty.words}
        return [Problem("appointing.head-in-person", text)]
    if duty.deputy_for is not None and duty.deputy_for.pk == by.pk and not duty.is_headship:
        return [Problem("appointing.own-deputy", _("代理您本人的职责，不能由您自己安排。"))]
    return []


def _from_above(office: Office) -> str:
    if office.kind == Office.Kind.MUNICIPALITY:
        return _("市自考办负责人由系统管理员按上级任命用命令登记，不在页面上任免。")
    return _("机构负责人由市自考办负责人任免。")


def barred_from_account(by: User, person: User, today: dt.date) -> list[Problem]:
    """Why ``by`` may not reset the sign-in of ``person``: whoever signs in as somebody could do all that this one may.

    So a deputy does not reach the accounts of the head, of another deputy head and of the named editors. The municipal head
    also resets the sign-in of other offices' heads.
    """
    standing, home = standing_of(by, today), office_of(person)
    if standing == Standing.NONE:
        return [Problem("appointing.not-head", _("只有机构负责人或其代理人可以重设登录、办理离开机构。"))]
    if person.pk == by.pk:
        return [Problem("appointing.own", _("自己的登录不能由自己重设，也不能为自己办理离开机构。"))]
    held = [] if home is None else [duty for duty in duties_of(person, today) if duty.office == home]
    leads = any(duty.is_headship and duty.deputy_for is None for duty in held)
    if home is None or home != office_of(by):
        if leads and is_municipal_head(by, today):
            return []
        return [Problem("appointing.other-office", _("%(person)s不是本机构的人员。") % {"person": person})]
    if leads:
        return [Problem("appointing.from-above", _from_above(home))]
    if standing != Standing.HEAD and any(duty.is_headship or duty.code == EDITOR for duty in held):
        text = _("%(person)s担任代理负责人或考籍更改专人，须由负责人本人办理。") % {"person": person}
        return [Problem("appointing.head-in-person", text)]
    return []


def barred_from_letting_go(by: User, person: User, today: dt.date) -> list[Problem]:
    """Why ``by`` may not let ``person`` leave the office: as for the account, and only in the own office."""
    problems = barred_from_account(by, person, today)
    if not problems and office_of(person) != office_of(by):
        text = _("%(person)s由其机构的负责人办理离开；可以先收回其负责人职责。") % {"person": person}
        return [Problem("appointing.other-office", text)]
    return problems


def faults_of_giving(by: User, duty: Duty, term: Term, today: dt.date) -> list[Problem]:
    """Everything that is wrong with giving this duty for this term; for who may give it."""
    problems = _faults_of_person(duty)
    if term.starts_on < today:
        problems.append(Problem("appointing.past-start", _("起始日期不能早于今天（%(day)s）。") % {"day": written_date(today)}))
    if term.ends_on is not None and term.ends_on < term.starts_on:
        problems.append(Problem("appointing.ends-before-start", _("最后一天不能早于起始日期。")))
    problems += faults_of_term(duty, term, today)
    return problems + _faults_of_deputy(by, duty, term.starts_on)


def _faults_of_person(duty: Duty) -> list[Problem]:
    person, home = duty.person, office_of(duty.person)
    if person.candidate_id is not None:
        return [Problem("appointing.candidate", _("这是考生的账户，考生不担任职责。"))]
    if home is not None and home != duty.office:
        text = _("%(person)s属于%(home)s。一人只属于一个机构，先由该机构办理离开，才能到%(office)s任职。")
        return [Problem("appointing.belongs-elsewhere", text % {"person": person, "home": home, "office": duty.office})]
    if home is None:
        text = _("%(person)s不属于任何机构，请先用“添加人员”加入本机构。") % {"person": person}
        return [Problem("appointing.belongs-nowhere", text)]
    if not person.is_active:
        return [Problem("appointing.inactive", _("%(person)s的账户已停用，不能任职。") % {"person": person})]
    return []


def faults_of_term(duty: Duty, term: Term, today: dt.date, *, besides: Appointment | None = None) -> list[Problem]:
    """What is wrong with holding the duty for this term: the limit of deputies, the same duty twice, a second head.

    ``besides`` is the appointment that is about to be changed: it does not stand in its own way.
    """
    problems = _faults_of_deputys_end(duty, term, today)
    others = Appointment.objects.overlapping(term.starts_on, term.ends_on).filter(office=duty.office, role__name=duty.code)
    others = others.exclude(pk=besides.pk) if besides else others
    same = others.filter(person=duty.person).first()
    if same:
        words = {"person": duty.person, "duty": duty.words, "term": term_in_words(same)}
        problems.append(Problem("appointing.held-already", _("%(person)s已任%(duty)s（%(term)s），任期不能重叠。") % words))
    if duty.is_headship and duty.deputy_for is None:
        head = others.filter(deputy_for__isnull=True).exclude(person=duty.person).select_related("person").first()
        if head:
            words = {"office": duty.office, "head": head.person, "term": term_in_words(head)}
            text = _("%(office)s已有负责人%(head)s（%(term)s）。一个机构同时只有一名负责人，请先确定其任职的最后一天。")
            problems.append(Problem("appointing.second-head", text % words))
    return problems


def _faults_of_deputys_end(duty: Duty, term: Term, today: dt.date) -> list[Problem]:
    if duty.deputy_for is None:
        return []
    if term.ends_on is None:
        return [Problem("appointing.deputy-without-end", _("代理必须写明最后一天。"))]
    last = last_day_of_deputies(today)
    if term.ends_on <= last:
        return []
    text = _("代理最长%(days)s天，最后一天不能晚于%(day)s。到期仍需代理的，届时再改最后一天。")
    return [Problem("appointing.deputy-too-long", text % {"days": deputy_days(today), "day": written_date(last)}, "市自考办设置")]


def _faults_of_deputy(by: User, duty: Duty, on: dt.date) -> list[Problem]:
    """A deputy stands in for who holds the duty in the own right; the own deputy head is the head's deputy, nobody else's."""
    holder = duty.deputy_for
    if holder is None:
        return []
    if holder.pk == duty.person.pk:
        return [Problem("appointing.deputy-of-oneself", _("不能代理自己。"))]
    if duty.is_headship and duty.office == office_of(by) and holder.pk != by.pk:
        return [Problem("appointing.deputy-for-another", _("代理负责人代理的只能是负责人本人。"))]
    if not holds_in_full(holder, duty, on):
        words = {"holder": holder, "duty": duty.words, "day": written_date(on)}
        return [Problem("appointing.deputy-for-nobody", _("%(holder)s在%(day)s不担任%(duty)s，无从代理。") % words)]
    return []


def faults_of_ending(appointment: Appointment, day: dt.date | None, today: dt.date) -> list[Problem]:
    """Everything that is wrong with moving the last day of an appointment; for who may change it."""
    duty = Duty.of(appointment)
    earliest = max(today, appointment.starts_on)
    if day is not None and day < earliest:
        text = _("最后一天不能早于%(day)s；要立即停止的，请收回。") % {"day": written_date(earliest)}
        return [Problem("appointing.ends-too-early", text)]
    problems = faults_of_term(duty, Term(appointment.starts_on, day), today, besides=appointment)
    is_longer = appointment.ends_on is not None and (day is None or day > appointment.ends_on)
    holder = appointment.deputy_for
    if is_longer and holder is not None and not holds_in_full(holder, duty, earliest):
        words = {"holder": holder, "duty": duty.words}
        problems.append(Problem("appointing.deputy-for-nobody", _("%(holder)s已不担任%(duty)s，代理不能延长。") % words))
    return problems
