"""Appointing: heads give and take the duties of their own office, nobody raises themselves, everything is in the trail."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.invariants import examine
from audit.models import Event
from audit.workflow import NotNow, Refused
from config.appointing import duties, heads, joining, moves, rules
from config.appointing.duties import Duty, Term
from config.appointing.places import office_of
from config.appointing.trail import Barred
from records.models import Appointment, Office, SecondFactor, Setting, SignedSession, User
from tests.factories import DistrictFactory, UserFactory

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def today() -> dt.date:
    return timezone.localdate()


def in_days(days: int) -> dt.date:
    return today() + dt.timedelta(days=days)


@pytest.fixture
def head(city: Office) -> User:
    return UserFactory(office=city, roles=["OH"], full_name="市办负责人")


@pytest.fixture
def dean(university: Office) -> User:
    return UserFactory(office=university, roles=["UH"], full_name="院校负责人")


@pytest.fixture
def other_dean(other_university: Office) -> User:
    return UserFactory(office=other_university, roles=["UH"])


@pytest.fixture
def person(university: Office) -> User:
    """Somebody at the university without a duty."""
    return UserFactory(office=university, full_name="王经办")


def deputy_of(boss: User, code: str) -> User:
    """Somebody who stands in for the head of an office."""
    office = office_of(boss)
    assert office is not None
    stand_in = UserFactory(office=office)
    moves.enter(Duty(stand_in, code, office, boss), Term(today(), in_days(10)), by=boss)
    return stand_in


def give(by: User, to: User, code: str, office: Office | None = None, deputy_for: User | None = None, **term: Any) -> Appointment:
    place = office or office_of(to)
    assert place is not None
    return moves.give(Duty(to, code, place, deputy_for), by=by, **term)


def codes_of(refused: Any) -> list[str]:
    return [problem.code for problem in refused.value.problems]


def barred(by: User, to: User, code: str, office: Office | None = None, deputy_for: User | None = None, **term: Any) -> str:
    """Why a duty is not for this person to give: the code; it is in the trail and nothing was written."""
    before = Appointment.objects.count()
    with pytest.raises(Barred) as refused:
        give(by, to, code, office, deputy_for, **term)
    assert Appointment.objects.count() == before
    denied = Event.objects.filter(verb="give-duty", outcome="denied").order_by("-pk")[0]
    assert (denied.actor_id, denied.subject_id, denied.details["duty"]) == (by.pk, to.pk, code)
    assert denied.details["problems"] == codes_of(refused)
    return codes_of(refused)[0]


def refused(
    by: User, to: User, code: str, office: Office | None = None, deputy_for: User | None = None, **term: Any
) -> list[str]:
    """What is wrong with an appointment that is for this person to make; nothing was written."""
    before = Appointment.objects.count()
    with pytest.raises(Refused) as problems:
        give(by, to, code, office, deputy_for, **term)
    assert Appointment.objects.count() == before
    return codes_of(problems)


def holds(person: User, code: str) -> bool:
    return code in User.objects.get(pk=person.pk).duties


# Giving within the own office


def test_a_head_gives_a_duty_of_the_own_office_and_the_trail_says_who_to_whom_and_why(dean, person):
    appointment = give(dean, person, "U3", note="新学期分工")

    assert holds(person, "U3")
    assert (appointment.given_by, appointment.starts_on, appointment.ends_on) == (dean, today(), None)
    step = Event.objects.get(verb="give-duty", outcome="done")
    assert (step.actor_id, step.subject_table, step.subject_id, step.note) == (dean.pk, "records_user", person.pk, "新学期分工")
    assert step.details | {"duty": "U3", "from": today().isoformat(), "until": None} == step.details
    row = Event.objects.get(kind="change", subject_table="records_appointment", subject_id=appointment.pk)
    assert (row.verb, row.actor_id, row.note) == ("insert", dean.pk, "新学期分工")


def test_whoever_is_not_a_head_gives_nothing(clerk, person, officer):
    for by in (clerk, officer, person):
        assert barred(by, UserFactory(office=office_of(by)), "U3") == "appointing.not-head"


def test_nobody_gives_a_duty_to_oneself(dean, head):
    assert barred(dean, dean, "U3") == "appointing.own"
    assert barred(head, head, "OE") == "appointing.own"
    assert barred(deputy_of(dean, "UH"), dean, "UH") == "appointing.from-above"


def test_a_duty_of_another_tier_is_refused(dean, head, person):
    assert barred(dean, person, "O4") == "appointing.other-tier"
    assert barred(head, person, "O4") == "appointing.other-tier"
    assert barred(head, UserFactory(office=office_of(head)), "U4") == "appointing.other-tier"


def test_nothing_is_given_at_an_office_that_is_not_the_own(dean, other_university, head, person, university):
    stranger = UserFactory(office=other_university)

    assert barred(dean, stranger, "U3", other_university) == "appointing.other-office"
    assert barred(dean, person, "U3", other_university) == "appointing.other-office"
    assert barred(head, person, "U3") == "appointing.other-office"


def test_who_belongs_to_another_office_gets_no_duty_here_and_the_reason_names_it(dean, other_university, university):
    stranger = UserFactory(office=other_university)

    with pytest.raises(Refused) as problems:
        give(dean, stranger, "U3", university)

    assert codes_of(problems) == ["appointing.belongs-elsewhere"]
    assert str(other_university) in str(problems.value.problems[0].message)
    assert not stranger.appointments.exists()


def test_candidates_deactivated_people_and_who_belongs_nowhere_get_no_duty(dean, person, university, candidate_user):
    User.objects.filter(pk=person.pk).update(is_active=False)

    assert refused(dean, User.objects.get(pk=person.pk), "U3", university) == ["appointing.inactive"]
    assert refused(dean, candidate_user, "U3", university) == ["appointing.candidate"]
    assert refused(dean, UserFactory(), "U3", university) == ["appointing.belongs-nowhere"]


def test_a_head_whose_own_term_is_over_or_has_not_begun_gives_nothing(dean, person):
    mine = Appointment.objects.filter(person=dean)
    for starts, ends, may in ((0, 0, True), (-9, -1, False), (1, None, False), (-9, 1, True)):
        mine.update(starts_on=in_days(starts), ends_on=None if ends is None else in_days(ends))
        assert (rules.barred_from(dean, Duty(person, "U3", office_of(person)), today()) == []) is may


def test_a_deactivated_head_gives_nothing(dean, person):
    User.objects.filter(pk=dean.pk).update(is_active=False)

    assert barred(dean, person, "U3") == "appointing.not-head"


# From when until when


def test_an_appointment_that_starts_tomorrow_gives_nothing_today(dean, person):
    give(dean, person, "U3", starts_on=in_days(1))

    assert not holds(person, "U3")


def test_past_starts_and_ends_before_the_start_are_refused(dean, person):
    assert refused(dean, person, "U3", starts_on=in_days(-1)) == ["appointing.past-start"]
    assert refused(dean, person, "U3", starts_on=in_days(2), ends_on=in_days(1)) == ["appointing.ends-before-start"]
    give(dean, person, "U3", starts_on=today(), ends_on=today())
    assert holds(person, "U3")


@pytest.mark.parametrize(
    ("first", "last", "overlaps"),
    [(0, 4, False), (0, 5, True), (5, 9, True), (6, 7, True), (10, None, True), (11, None, False), (0, None, True)],
)
def test_the_same_duty_is_not_held_twice_at_once(dean, person, first, last, overlaps):
    give(dean, person, "U3", starts_on=in_days(5), ends_on=in_days(10))
    term = {"starts_on": in_days(first), "ends_on": None if last is None else in_days(last)}

    if overlaps:
        assert refused(dean, person, "U3", **term) == ["appointing.held-already"]
    else:
        give(dean, person, "U3", **term)
    give(dean, person, "U4", **term)
    give(dean, UserFactory(office=office_of(person)), "U3", **term)


def test_a_form_sent_twice_gives_the_duty_once(dean, person):
    first = give(dean, person, "U3", ends_on=in_days(9))

    assert give(dean, person, "U3", ends_on=in_days(9)) == first
    assert person.appointments.count() == 1
    assert Event.objects.filter(verb="give-duty").count() == 1


# Deputies


def test_a_head_appoints_a_deputy_for_oneself_until_a_last_day_within_the_limit(dean, person, university):
    other = UserFactory(office=university, roles=["U3"])

    assert refused(dean, person, "UH", deputy_for=dean) == ["appointing.deputy-without-end"]
    assert refused(dean, person, "UH", deputy_for=dean, ends_on=in_days(91)) == ["appointing.deputy-too-long"]
    assert refused(dean, person, "UH", deputy_for=other, ends_on=in_days(9)) == ["appointing.deputy-for-another"]
    assert barred(dean, person, "UH") == "appointing.from-above"
    give(dean, person, "UH", deputy_for=dean, ends_on=in_days(90))
    assert duties.standing_of(person, today()) == duties.Standing.DEPUTY


def test_the_limit_of_deputies_is_a_dated_setting(dean, person):
    Setting.objects.create(key="people.deputy_days", value=5, in_force_from=today())

    with pytest.raises(Refused) as problems:
        give(dean, person, "UH", deputy_for=dean, ends_on=in_days(6))

    assert "5天" in str(problems.value.problems[0].message)
    give(dean, person, "UH", deputy_for=dean, ends_on=in_days(5))


def test_a_deputy_stands_in_for_who_holds_the_duty(dean, person, university):
    holder = UserFactory(office=university, roles=["U7"])
    term = {"ends_on": in_days(9)}

    assert refused(dean, person, "U4", deputy_for=holder, **term) == ["appointing.deputy-for-nobody"]
    assert refused(dean, holder, "U7", deputy_for=holder, **term) == ["appointing.held-already", "appointing.deputy-of-oneself"]
    give(dean, person, "U7", deputy_for=holder, **term)
    assert refused(dean, UserFactory(office=university), "U7", deputy_for=person, **term) == ["appointing.deputy-for-nobody"]


def test_nobody_chooses_who_stands_in_for_oneself_but_for_the_headship(dean, person):
    moves.enter(Duty(dean, "U7", office_of(dean)), Term(today()), by=None)

    assert barred(dean, person, "U7", deputy_for=dean, ends_on=in_days(9)) == "appointing.own-deputy"
    stand_in = deputy_of(dean, "UH")
    give(stand_in, person, "U7", deputy_for=dean, ends_on=in_days(9))


def test_a_deputy_head_does_what_the_head_does_but_for_the_heads_own_choices(head, city, university):
    stand_in, somebody = deputy_of(head, "OH"), UserFactory(office=city)
    at_university = UserFactory(office=university)

    give(stand_in, somebody, "O4")
    assert barred(stand_in, somebody, "OE") == "appointing.head-in-person"
    assert barred(stand_in, somebody, "OH", deputy_for=head, ends_on=in_days(9)) == "appointing.head-in-person"
    assert barred(stand_in, somebody, "OH", deputy_for=stand_in, ends_on=in_days(9)) == "appointing.head-in-person"
    assert barred(stand_in, at_university, "UH") == "appointing.other-office"
    assert barred(stand_in, stand_in, "O6") == "appointing.own"


# Heads and editors


def test_the_municipal_head_appoints_heads_of_other_offices_and_nothing_else_there(head, university):
    at_university, at_district = UserFactory(office=university), UserFactory(office=DistrictFactory())

    give(head, at_university, "UH")
    give(head, at_district, "LH")

    assert holds(at_university, "UH")
    assert holds(at_district, "LH")
    assert barred(head, at_university, "U3") == "appointing.other-office"
    assert barred(head, at_district, "L6") == "appointing.other-office"
    assert barred(head, at_district, "UH") == "appointing.other-tier"


def test_an_office_has_one_head_at_a_time(head, dean, person):
    assert refused(head, person, "UH") == ["appointing.second-head"]
    moves.end_on(dean.appointments.get(), in_days(9), by=head)
    assert refused(head, person, "UH", starts_on=in_days(9)) == ["appointing.second-head"]
    give(head, person, "UH", starts_on=in_days(10))

    with pytest.raises(Refused) as problems:
        moves.end_on(dean.appointments.get(), in_days(10), by=head)
    assert codes_of(problems) == ["appointing.second-head"]


def test_only_the_municipal_head_names_the_editors(head, dean, city, person):
    editor = UserFactory(office=city)
    named = give(head, editor, "OE")

    assert holds(editor, "OE")
    with pytest.raises(Barred):
        moves.take(named, by=deputy_of(head, "OH"))
    moves.take(named, by=head)
    assert not holds(editor, "OE")


def test_nobody_makes_a_head_of_the_city_on_a_page(head, dean, city):
    assert barred(head, UserFactory(office=city), "OH") == "appointing.from-above"
    assert barred(dean, UserFactory(office=city), "OH") == "appointing.other-office"


# Taking back and moving the end


def test_what_is_taken_ends_at_once_and_stays_in_the_history(dean, person):
    appointment = give(dean, person, "U3")

    moves.take(appointment, by=dean, note="调整分工")

    assert not holds(person, "U3")
    appointment.refresh_from_db()
    assert (appointment.taken_by, appointment.given_by) == (dean, dean)
    assert appointment.taken_at is not None
    assert Event.objects.get(verb="take-duty", outcome="done").note == "调整分工"
    with pytest.raises(NotNow):
        moves.take(appointment, by=dean)
    give(dean, person, "U3")


def test_nobody_takes_or_moves_what_is_their_own(dean, head):
    appointment = dean.appointments.get()

    for move in (lambda: moves.take(appointment, by=dean), lambda: moves.end_on(appointment, in_days(3), by=dean)):
        with pytest.raises(Barred) as refused_:
            move()
        assert codes_of(refused_) == ["appointing.own"]
    assert Event.objects.filter(outcome="denied", actor_id=dean.pk).count() == 2
    moves.take(appointment, by=head)
    assert not holds(dean, "UH")


def test_a_deputy_does_not_lengthen_the_own_deputyship_nor_touch_the_heads(dean):
    stand_in = deputy_of(dean, "UH")

    for appointment, code in ((stand_in.appointments.get(), "own"), (dean.appointments.get(), "from-above")):
        with pytest.raises(Barred) as refused_:
            moves.end_on(appointment, in_days(60), by=stand_in)
        assert codes_of(refused_) == [f"appointing.{code}"]


def test_other_offices_appointments_are_nobody_elses_to_take(dean, other_dean, head, person, other_university):
    mine = give(dean, person, "U3")

    for by in (other_dean, head):
        with pytest.raises(Barred) as refused_:
            moves.take(mine, by=by)
        assert codes_of(refused_) == ["appointing.other-office"]
    assert holds(person, "U3")


def test_the_last_day_is_moved_nearer_and_further(dean, person):
    appointment = give(dean, person, "U3", starts_on=in_days(3))

    moves.end_on(appointment, in_days(9), by=dean)
    moves.end_on(appointment, in_days(12), by=dean)
    assert Event.objects.filter(verb="move-end").order_by("-pk")[0].details["before"] == in_days(9).isoformat()
    with pytest.raises(Refused) as problems:
        moves.end_on(appointment, in_days(2), by=dean)
    assert codes_of(problems) == ["appointing.ends-too-early"]
    moves.end_on(appointment, None, by=dean)
    assert Appointment.objects.get(pk=appointment.pk).ends_on is None


def test_a_running_duty_ends_today_at_the_earliest_and_what_is_over_stays_over(dean, person):
    appointment = give(dean, person, "U3")
    Appointment.objects.filter(pk=appointment.pk).update(starts_on=in_days(-5))

    with pytest.raises(Refused):
        moves.end_on(Appointment.objects.get(pk=appointment.pk), in_days(-1), by=dean)
    moves.end_on(appointment, today(), by=dean)
    assert holds(person, "U3")
    Appointment.objects.filter(pk=appointment.pk).update(ends_on=in_days(-1))
    for move in (lambda: moves.end_on(appointment, None, by=dean), lambda: moves.take(appointment, by=dean)):
        with pytest.raises(NotNow):
            move()


def test_deputies_are_not_lengthened_beyond_the_limit_nor_for_good_nor_for_who_has_gone(dean, person, university):
    holder = UserFactory(office=university, roles=["U7"])
    deputyship = give(dean, person, "U7", deputy_for=holder, ends_on=in_days(9))

    for day, code in ((in_days(91), "deputy-too-long"), (None, "deputy-without-end")):
        with pytest.raises(Refused) as problems:
            moves.end_on(deputyship, day, by=dean)
        assert codes_of(problems) == [f"appointing.{code}"]
    moves.end_on(deputyship, in_days(90), by=dean)
    moves.take(holder.appointments.get(), by=dean)
    with pytest.raises(Refused) as problems:
        moves.end_on(Appointment.objects.get(pk=deputyship.pk), in_days(90) + DAY, by=dean)
    assert "appointing.deputy-for-nobody" in codes_of(problems)
    moves.end_on(deputyship, in_days(3), by=dean)


# People who come and go


def test_a_head_adds_a_person_who_belongs_to_the_office_and_must_change_the_password(dean, university):
    person, password = joining.add_person("li.si", "李四", by=dean)

    assert office_of(person) == university
    assert person.check_password(password)
    assert person.password_is_initial
    assert person.duties == ()
    assert Event.objects.get(verb="join-office", subject_id=person.pk).actor_id == dean.pk
    assert not Event.objects.filter(note__contains=password).exists()
    give(dean, person, "U3")


@pytest.mark.parametrize("name", ["x", "1234567890", "张三", "candidate-7", "a b", "a" * 33, "li@si"])
def test_login_names_are_plain_and_never_look_like_a_number(dean, name):
    with pytest.raises(Refused) as problems:
        joining.add_person(name, "李四", by=dean)
    assert codes_of(problems) == ["appointing.login-name"]


def test_a_login_name_is_given_once(dean, other_dean):
    joining.add_person("Li.Si", "李四", by=dean)

    for by, name in ((dean, "李四"), (other_dean, "李四"), (other_dean, "王五")):
        with pytest.raises(Refused) as problems:
            joining.add_person("li.si", name, by=by)
        assert codes_of(problems) == ["appointing.login-taken"]


def test_only_heads_add_people(clerk, officer):
    for by in (clerk, officer):
        with pytest.raises(Barred):
            joining.add_person("li.si", "李四", by=by)
    assert not User.objects.filter(username="li.si").exists()
    assert Event.objects.filter(verb="join-office", outcome="denied").count() == 2


def test_whoever_leaves_has_nothing_left_but_the_history(dean, person, university, client):
    give(dean, person, "U3")
    give(dean, person, "U4", starts_on=in_days(5))
    SignedSession.objects.create(person=person, key_hash=b"1" * 32)
    client.force_login(person)

    taken = joining.leave(person, by=dean, note="调离")

    gone = User.objects.get(pk=person.pk)
    assert [each.role.name for each in taken] == ["U3", "U4"]
    assert (gone.is_active, gone.duties, office_of(gone), gone.reach.is_staff) == (False, (), None, False)
    assert not SignedSession.objects.filter(person=person, ended_at__isnull=True).exists()
    assert client.get("/desk/").status_code == 302
    assert person.appointments.count() == 2
    assert Event.objects.get(verb="leave-office").details["duties"] == ["U3", "U4"]
    with pytest.raises(NotNow):
        joining.leave(person, by=dean)


def test_who_comes_back_has_the_account_of_before_also_at_another_office(dean, other_dean, person, other_university):
    joining.leave(person, by=dean)

    with pytest.raises(Refused):
        joining.add_person(person.username, "别人", by=other_dean)
    again, password = joining.add_person(person.username, person.full_name, by=other_dean)

    assert again.pk == person.pk
    back = User.objects.get(pk=person.pk)
    assert (back.is_active, office_of(back), back.duties) == (True, other_university, ())
    assert back.check_password(password)


def test_nobody_lets_go_of_oneself_of_the_head_or_of_other_offices_people(dean, other_dean, head, person):
    stand_in = deputy_of(dean, "UH")
    cases = [
        (dean, dean, "own"),
        (other_dean, person, "other-office"),
        (head, person, "other-office"),
        (head, dean, "other-office"),
        (stand_in, dean, "from-above"),
        (person, dean, "not-head"),
    ]

    for by, whom, code in cases:
        with pytest.raises(Barred) as refused_:
            joining.leave(whom, by=by)
        assert codes_of(refused_) == [f"appointing.{code}"]
    joining.leave(stand_in, by=dean)


def test_a_reset_ends_the_sign_in_of_before(dean, person):
    SecondFactor.objects.create(person=person, kind="totp", secret="JBSWY3DPEHPK3PXP")

    password = joining.reset(person, by=dean)

    again = User.objects.get(pk=person.pk)
    assert again.check_password(password)
    assert again.password_is_initial
    assert not again.second_factors.exists()


def test_whose_sign_in_a_head_may_reset(head, dean, other_dean, person, city, university):
    editor = UserFactory(office=city, roles=["OE"])
    stand_in, dean_s_stand_in = deputy_of(head, "OH"), deputy_of(dean, "UH")
    cases = [
        (head, editor, ""),
        (head, stand_in, ""),
        (head, dean, ""),
        (dean, person, ""),
        (dean, dean_s_stand_in, ""),
        (dean_s_stand_in, person, ""),
        (head, head, "own"),
        (head, person, "other-office"),
        (head, dean_s_stand_in, "other-office"),
        (dean, other_dean, "other-office"),
        (dean, head, "other-office"),
        (stand_in, head, "from-above"),
        (stand_in, editor, "head-in-person"),
        (stand_in, dean, "other-office"),
        (dean_s_stand_in, dean, "from-above"),
        (person, dean, "not-head"),
    ]

    for by, whom, code in cases:
        found = [problem.code for problem in rules.barred_from_account(by, whom, today())]
        assert found == ([f"appointing.{code}"] if code else []), (by, whom)


def test_the_municipal_head_brings_a_new_head_into_an_office(head, dean, university, other_university):
    new, password = joining.add_head("zhao", "赵六", other_university, Term(today()), by=head)

    assert holds(new, "UH")
    assert office_of(new) == other_university
    assert new.check_password(password)
    with pytest.raises(Refused) as problems:
        joining.add_head("sun", "孙七", university, Term(today()), by=head)
    assert codes_of(problems) == ["appointing.second-head"]
    assert not User.objects.filter(username="sun").exists()
    with pytest.raises(Barred):
        joining.add_head("sun", "孙七", other_university, Term(today()), by=deputy_of(head, "OH"))


# The first head


def command(*arguments: str) -> str:
    out = io.StringIO()
    call_command("appoint_head", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_makes_the_first_head_of_the_city_with_a_password_shown_once(city):
    said = command("qian", "--name", "钱一")

    person = User.objects.get(username="qian")
    assert holds(person, "OH")
    password = next(word for word in said.replace("，", " ").split() if word.count("-") == 2)
    assert person.check_password(password)
    step = Event.objects.get(verb="give-duty", subject_id=person.pk)
    assert (step.actor_id, step.note) == (None, "命令行登记机构负责人")
    assert examine()["broken"] == []


def test_the_command_refuses_a_second_head_unless_the_first_is_named(head, city):
    with pytest.raises(CommandError, match="已有负责人市办负责人"):
        command("qian", "--name", "钱一")
    with pytest.raises(CommandError, match="不是"):
        command("qian", "--name", "钱一", "--end", "nobody")
    assert not User.objects.filter(username="qian").exists()

    command("qian", "--name", "钱一", "--end", head.username)

    assert not holds(head, "OH")
    assert holds(User.objects.get(username="qian"), "OH")


def test_the_command_appoints_a_member_without_a_new_password_and_never_who_belongs_elsewhere(university, person, officer):
    with pytest.raises(CommandError, match="属于"):
        command(officer.username, "--name", officer.full_name, "--office", university.code)
    with pytest.raises(CommandError, match="没有代码"):
        command("qian", "--name", "钱一", "--office", "00000")

    said = command(person.username, "--name", person.full_name, "--office", university.code)

    assert "初始密码" not in said
    assert holds(person, "UH")
    assert heads.current_head(university).person == person
