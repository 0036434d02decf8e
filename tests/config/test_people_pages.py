"""The pages of people and duties: what a head sees and does there, what everybody else does not."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from config.appointing import moves
from config.appointing.duties import Duty, Term
from records.models import Appointment, Office, User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def in_days(days: int) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=days)


@pytest.fixture
def head(city: Office) -> User:
    return UserFactory(office=city, roles=["OH"], full_name="市办负责人")


@pytest.fixture
def dean(university: Office) -> User:
    return UserFactory(office=university, roles=["UH"], full_name="院校负责人")


@pytest.fixture
def person(university: Office) -> User:
    return UserFactory(office=university, full_name="王经办", username="wang")


def appoint(person: User, code: str, office: Office, first: int = 0, last: int | None = None, **more: Any) -> Appointment:
    return moves.enter(Duty(person, code, office, **more), Term(in_days(first), None if last is None else in_days(last)), by=None)


def page(client: Any, name: str, *arguments: int, **query: str) -> str:
    answer = client.get(reverse(f"people:{name}", args=arguments), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def send(client: Any, name: str, *arguments: int, prefix: str = "", **fields: Any) -> Any:
    named = {f"{prefix}-{field}" if prefix else field: str(value) for field, value in fields.items()}
    return client.post(reverse(f"people:{name}", args=arguments), named)


def once(client: Any, name: str, *arguments: int) -> str:
    """The token of the form on a page."""
    found = re.search(r'name="(?:\w+-)?once" value="([^"]+)"', page(client, name, *arguments))
    assert found
    return found[1]


def said(client: Any, answer: Any) -> str:
    return str(client.get(answer.url).content.decode())


# The list


def test_the_list_shows_the_own_people_with_what_they_hold_since_when_until_when_and_for_whom(
    client, dean, person, university, other_university
):
    UserFactory(office=other_university, full_name="别校的人")
    appoint(person, "U3", university)
    appoint(person, "U4", university, first=3)
    appoint(person, "U8", university, last=-1, first=-9)
    appoint(person, "UH", university, last=9, deputy_for=dean)
    client.force_login(dean)

    text = page(client, "list")

    assert "王经办" in text
    assert "考生与考籍(U3)" in text
    assert f"免考初审(U4)，{in_days(3).month}月{in_days(3).day}日起" in text
    assert f"负责人(UH)，代理院校负责人，至{in_days(9).month}月{in_days(9).day}日" in text
    assert "别校的人" not in text
    assert "院校统计(U8)</span>" not in text
    assert "主考院校与区" not in text


def test_the_list_is_narrowed_by_name_by_login_and_by_duty(client, dean, person, university):
    appoint(person, "U3", university)
    UserFactory(office=university, full_name="李闲", username="lixian")
    client.force_login(dean)

    def shown(**query: str) -> set[str]:
        text = page(client, "list", **query)
        return {name for name in ("王经办", "李闲") if name in text}

    assert shown(q="经办") == shown(q="WANG") == shown(duty="U3") == {"王经办"}
    assert shown(duty="none") == {"李闲"}
    assert shown(duty="U4") == set()
    assert shown() == {"王经办", "李闲"}
    assert "清除筛选" in page(client, "list", duty="U4")


def test_who_has_left_stands_folded_below(client, dean, person, university):
    appoint(person, "U3", university)
    client.force_login(dean)
    send(client, "leave", person.pk, prefix="leave", confirm="on", note="调离")

    text = page(client, "list")

    assert "已停用1人" in text
    assert text.index("<details") < text.index("王经办（wang）")
    assert "已离开机构" in page(client, "person", person.pk)


def test_the_list_is_paged_by_key_and_costs_the_same_however_long(
    client, dean, university, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr("config.people.lists.PAGE", 5)
    people = [UserFactory(office=university, roles=["U3", "U4"], full_name=f"职员{place:02}") for place in range(12)]
    client.force_login(dean)
    page(client, "list")

    with django_assert_max_num_queries(30):
        first = page(client, "list")

    assert re.findall(r"职员\d\d", first) == [person.full_name for person in people[:4]]
    following = re.search(r'href="\?after=(\d+)"', first)
    assert following
    assert "职员04" in page(client, "list", after=following[1])


# The page of a person


def test_a_head_gives_a_duty_and_the_person_may_at_the_next_request(client, dean, person):
    client.force_login(person)
    assert client.get(reverse("exemptions:list")).status_code == 403
    client.force_login(dean)

    answer = send(client, "give", person.pk, prefix="give", duty="U4", starts_on=in_days(0), note="新学期分工")

    assert "王经办任免考初审(U4)" in said(client, answer)
    text = page(client, "person", person.pk)
    assert "新学期分工" in text
    assert "任命职责：免考初审(U4)" in text
    client.force_login(person)
    assert client.get(reverse("exemptions:list")).status_code == 200


def test_what_is_wrong_stands_beside_the_field_and_what_was_typed_stays(client, dean, person):
    client.force_login(dean)

    answer = send(client, "give", person.pk, prefix="give", duty="U4", starts_on=in_days(-1), ends_on=in_days(-3), note="分工")

    assert answer.status_code == 422
    text = answer.content.decode()
    assert "起始日期不能早于今天" in text
    assert 'href="#id_give-starts_on"' in text
    assert 'value="分工"' in text
    assert f'value="{in_days(-3).isoformat()}"' in text
    assert not person.appointments.exists()


def test_the_headship_is_given_only_as_the_own_deputyship(client, dean, person):
    client.force_login(dean)

    without = send(client, "give", person.pk, prefix="give", duty="UH", starts_on=in_days(0), ends_on=in_days(9))
    with_oneself = send(
        client, "give", person.pk, prefix="give", duty="UH", starts_on=in_days(0), ends_on=in_days(9), deputy_for=dean.pk
    )

    assert "请选您本人" in without.content.decode()
    assert with_oneself.status_code == 302
    assert person.appointments.get().deputy_for == dean


def test_a_button_pressed_twice_gives_once(client, dean, person):
    client.force_login(dean)
    for _press in range(2):
        assert send(client, "give", person.pk, prefix="give", duty="U4", starts_on=in_days(0)).status_code == 302

    assert person.appointments.count() == 1


def test_a_forged_duty_is_no_choice(client, dean, person, head):
    client.force_login(dean)
    assert send(client, "give", person.pk, prefix="give", duty="O4", starts_on=in_days(0)).status_code == 422
    client.force_login(head)
    assert send(client, "give", person.pk, prefix="give", duty="U3", starts_on=in_days(0)).status_code == 422
    assert not person.appointments.exists()


def test_on_the_own_page_a_head_finds_no_button_and_the_reason(client, dean):
    client.force_login(dean)

    text = page(client, "person", dean.pk)

    assert "自己的登录不能由自己重设" in text
    for name in ("give", "reset", "leave"):
        assert reverse(f"people:{name}", args=[dean.pk]) not in text
    assert send(client, "leave", dean.pk, prefix="leave", confirm="on").status_code == 403
    assert Event.objects.filter(verb="leave-office", outcome="denied", subject_id=dean.pk).exists()
    assert User.objects.get(pk=dean.pk).is_active


def test_leaving_names_what_ends_and_wants_the_box_ticked(client, dean, person, university):
    appoint(person, "U3", university)
    client.force_login(dean)

    assert "立即停止：考生与考籍(U3)" in page(client, "person", person.pk)
    assert send(client, "leave", person.pk, prefix="leave").status_code == 422
    assert User.objects.get(pk=person.pk).is_active
    assert send(client, "leave", person.pk, prefix="leave", confirm="on").status_code == 302
    assert "已经离开机构" in said(client, send(client, "leave", person.pk, prefix="leave", confirm="on"))
    assert not User.objects.get(pk=person.pk).is_active


def test_a_duty_is_taken_on_its_own_page_and_ends_at_the_next_request(client, dean, person, university):
    appointment = appoint(person, "U4", university)
    client.force_login(dean)
    assert "确认收回免考初审(U4)" in page(client, "appointment", appointment.pk)

    answer = send(client, "take", appointment.pk, note="调整")

    assert "已收回王经办的免考初审(U4)" in said(client, answer)
    assert "这项职责已经收回" in said(client, send(client, "take", appointment.pk))
    assert "不再改动" in page(client, "appointment", appointment.pk)
    client.force_login(person)
    assert client.get(reverse("exemptions:list")).status_code == 403


def test_the_last_day_is_moved_or_the_page_says_why_not(client, dean, person, university):
    appointment = appoint(person, "U4", university)
    client.force_login(dean)

    refused = send(client, "end", appointment.pk, prefix="end", ends_on=in_days(-1))
    assert refused.status_code == 422
    assert "要立即停止的，请收回" in refused.content.decode()
    assert send(client, "end", appointment.pk, prefix="end", ends_on=in_days(0)).status_code == 302
    assert Appointment.objects.get(pk=appointment.pk).ends_on == in_days(0)


@pytest.mark.parametrize(("starts", "ends", "code"), [(1, None, 403), (0, 0, 200), (-3, 0, 200), (-3, -1, 403)])
def test_a_duty_holds_from_its_first_to_its_last_day(client, person, university, starts, ends, code):
    appoint(person, "U4", university, first=starts, last=ends)
    client.force_login(person)

    assert client.get(reverse("exemptions:list")).status_code == code


# Passwords on paper


def test_a_new_person_gets_a_slip_that_is_shown_once(client, dean, university):
    client.force_login(dean)
    fields = {"full_name": "林新", "username": "Lin.Xin", "once": once(client, "add")}

    answer = send(client, "add", **fields)

    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    shown = re.search(r"<output>([a-z0-9-]+)</output>", answer.content.decode())
    assert shown
    new = User.objects.get(username="lin.xin")
    assert new.check_password(shown[1])
    again = send(client, "add", **fields)
    assert "没有再添加一次" in said(client, again)
    assert User.objects.get(username="lin.xin").check_password(shown[1])
    for text in (page(client, "person", new.pk), page(client, "list")):
        assert shown[1] not in text
    assert shown[1] not in str(list(Event.objects.values_list("note", "details")))


def test_a_taken_login_name_is_said_at_the_field_and_the_form_can_be_sent_again(client, dean, person):
    client.force_login(dean)

    answer = send(client, "add", full_name="林新", username="wang", once=once(client, "add"))

    assert answer.status_code == 422
    text = answer.content.decode()
    assert "登录名wang已有人使用" in text
    assert 'value="林新"' in text
    token = re.search(r'name="once" value="([^"]+)"', text)
    assert token
    assert send(client, "add", full_name="林新", username="linxin", once=token[1]).status_code == 200


def test_a_reset_shows_a_new_password_and_twice_pressed_resets_once(client, dean, person):
    client.force_login(dean)
    token = once(client, "person", person.pk)

    answer = send(client, "reset", person.pk, prefix="reset", once=token)

    shown = re.search(r"<output>([a-z0-9-]+)</output>", answer.content.decode())
    assert shown
    assert "没有再办一次" in said(client, send(client, "reset", person.pk, prefix="reset", once=token))
    assert User.objects.get(pk=person.pk).check_password(shown[1])


# The municipal head


def test_the_municipal_head_sees_every_office_and_which_has_no_head(client, head, dean, university, other_university):
    client.force_login(head)

    everything, missing = page(client, "offices"), page(client, "offices", missing="1")

    assert dean.full_name in everything
    assert everything.count("没有负责人</span>") >= 1
    assert other_university.name in missing
    assert university.name not in missing


def test_the_municipal_head_appoints_a_head_from_an_offices_people_or_brings_one(
    client, head, person, university, other_university
):
    client.force_login(head)

    chosen = send(client, "head", university.pk, prefix="choose", person=person.pk, starts_on=in_days(0))
    token = once(client, "office", other_university.pk)
    new = send(
        client, "add-head", other_university.pk, prefix="add",
        full_name="赵新", username="zhao.xin", starts_on=in_days(0), once=token,
    )  # fmt: skip

    assert chosen.status_code == 302
    assert User.objects.get(pk=person.pk).duties == ("UH",)
    assert "登录单" in new.content.decode()
    assert User.objects.get(username="zhao.xin").duties == ("UH",)
    second = send(client, "head", university.pk, prefix="choose", person=person.pk, starts_on=in_days(1))
    assert second.status_code == 422


def test_a_deputy_of_the_municipal_head_sees_the_offices_and_appoints_no_head(client, head, person, university, city):
    stand_in = UserFactory(office=city)
    appoint(stand_in, "OH", city, last=9, deputy_for=head)
    client.force_login(stand_in)

    assert "负责人由市自考办负责人本人任免" in page(client, "office", university.pk)
    assert send(client, "head", university.pk, prefix="choose", person=person.pk, starts_on=in_days(0)).status_code == 403
    assert not person.appointments.exists()


# What each duty may do


def test_everybody_of_an_office_reads_what_each_duty_may_do_and_who_has_it(client, person, dean, university, other_university):
    appoint(person, "U4", university)
    UserFactory(office=other_university, roles=["U4"], full_name="别校初审")
    client.force_login(person)

    text = page(client, "duties")

    assert "初审免考" in text
    assert "王经办" in text
    assert "院校负责人" in text
    assert "别校初审" not in text
    assert "免考审定" not in text
