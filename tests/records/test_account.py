"""账户与安全: sessions, their list and their end; the own password; factors and recovery codes of who is signed in."""

from __future__ import annotations

import pytest
import time_machine
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from records.models import OutgoingMessage, SecondFactor, SignedSession, User
from records.people import password_again, recovery, second_factor, signed_sessions
from records.people.initial import reset_sign_in
from records.people.sign_in_trail import ENDED, FACTOR_REMOVED, PASSWORD
from records.tasks import clear_sessions
from tests.conftest import SecureClient
from tests.factories import PASSWORD as RIGHT
from tests.second_factor import current_code, sign_in, with_factor

SIGN_IN, ACCOUNT, DESK, SPACE = reverse("sign-in"), reverse("account"), reverse("desk"), reverse("space")
CHANGE, CONFIRM, OTHERS = reverse("account-password"), reverse("account-confirm"), reverse("account-sessions-end")
AUTHENTICATOR, CODES = reverse("account-authenticator"), reverse("account-recovery-codes")
NEW = "quite-another-horse"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
MORNING = "2026-11-23 09:00:00+08:00"


@pytest.fixture
def member(clerk) -> User:
    clerk.set_password(RIGHT)
    clerk.save()
    with_factor(clerk)
    return clerk


@pytest.fixture
def learner(candidate_user) -> User:
    candidate_user.set_password(RIGHT)
    candidate_user.save()
    return candidate_user


def browser(person: User, **headers) -> SecureClient:
    """A browser at which the person has signed in."""
    client = SecureClient(**headers)
    if person.candidate_id:
        client.post(SIGN_IN, {"number": person.candidate.ticket_number, "password": RIGHT})
    else:
        sign_in(client, person, RIGHT)
    assert is_in(client)
    return client


def is_in(client) -> bool:
    return client.get(ACCOUNT).status_code == 200


def confirmed(client) -> SecureClient:
    assert client.post(CONFIRM, {"current": RIGHT}).status_code == 302
    return client


# Sessions


def test_a_session_is_listed_in_words_with_its_network(member):
    page = browser(member, HTTP_USER_AGENT=WINDOWS, REMOTE_ADDR="203.0.113.77").get(ACCOUNT).content.decode()

    assert "Chrome（Windows）" in page
    assert "203.0.113.0/24" in page
    assert "203.0.113.77" not in page
    assert "当前" in page
    assert "结束其他全部" not in page


@pytest.mark.parametrize("who", ["member", "learner"])
def test_a_session_that_is_ended_is_out_with_its_next_request(who, request):
    person = request.getfixturevalue(who)
    here, there = browser(person), browser(person)
    row = SignedSession.objects.order_by("-pk").first()

    assert here.post(reverse("account-session-end", args=[row.pk])).status_code == 302
    gone = there.get(ACCOUNT, follow=True)

    assert gone.redirect_chain[0][0].startswith(SIGN_IN)
    assert "在别处被结束" in gone.content.decode()
    assert is_in(here)
    assert Event.objects.filter(verb=ENDED, subject_id=person.pk).count() == 1


def test_an_ended_session_is_out_at_the_machines_door_too(member):
    there = browser(member)
    assert there.get(reverse("api-exemptions-list")).status_code == 200
    signed_sessions.end_all(member, because=signed_sessions.REVOKED)

    assert there.get(reverse("api-exemptions-list")).status_code == 403


def test_all_others_end_and_this_one_stays(member):
    here, there, elsewhere = browser(member), browser(member), browser(member)

    here.post(OTHERS)

    assert [is_in(client) for client in (here, there, elsewhere)] == [True, False, False]


def test_nobody_ends_the_session_of_somebody_else(member, learner):
    theirs = browser(learner)
    row = SignedSession.objects.get(person=learner)

    assert browser(member).post(reverse("account-session-end", args=[row.pk])).status_code == 404
    assert is_in(theirs)


def test_signing_out_ends_the_row(member):
    client = browser(member)
    client.post(reverse("sign-out"))

    assert SignedSession.objects.get(person=member).ended_because == signed_sessions.SIGNED_OUT


def test_a_busy_session_ends_after_a_working_day_and_not_before(member, settings):
    with time_machine.travel(MORNING, tick=False) as clock:
        client = browser(member)
        passed, step = 0, settings.SESSION_IDLE_SECONDS
        while passed + step <= settings.SESSION_LONGEST_SECONDS:
            clock.shift(step)
            passed += step
            assert client.get(DESK).status_code == 200, passed
            session = client.session
            session["anything"] = passed  # every save lets Django's own expiry slide
            session.save()
        clock.shift(settings.SESSION_LONGEST_SECONDS - passed + 1)
        ended = client.get(DESK, follow=True)

    assert "已满8小时" in ended.content.decode()
    assert ended.redirect_chain[0][0].startswith(SIGN_IN)


def test_who_is_followed_by_somebody_else_at_the_same_browser_is_signed_out_in_the_list_too(member, learner):
    client = browser(learner)
    sign_in(client, member, RIGHT)

    assert SignedSession.objects.get(person=learner).ended_because == signed_sessions.SIGNED_OUT
    client.post(SIGN_IN, {"number": learner.candidate.ticket_number, "password": RIGHT})
    assert SignedSession.objects.get(person=member).ended_because == signed_sessions.SIGNED_OUT


def test_sessions_long_over_are_forgotten_others_are_not(member):
    browser(member)
    old = SignedSession.objects.create(person=member, key_hash=bytes(32), started_at=timezone.now() - signed_sessions.KEPT)

    clear_sessions()

    assert not SignedSession.objects.filter(pk=old.pk).exists()
    assert SignedSession.objects.filter(person=member).count() == 1


def test_a_stolen_key_of_an_ended_session_stays_worthless(member):
    client = browser(member)
    cookie = client.cookies["__Host-session"].value
    client.post(reverse("sign-out"))
    thief = SecureClient()
    thief.cookies["__Host-session"] = cookie

    assert not is_in(thief)


def test_the_row_holds_neither_the_key_nor_the_whole_address(member):
    client = browser(member, HTTP_USER_AGENT=WINDOWS, REMOTE_ADDR="203.0.113.77")
    row = SignedSession.objects.filter(person=member).values().get()

    assert client.session.session_key not in str(row)
    assert client.session.session_key.encode() not in bytes(row["key_hash"])
    assert "203.0.113.77" not in str(row)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (WINDOWS, "Chrome（Windows）"),
        (WINDOWS + " Edg/130.0", "Edge（Windows）"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile/15E148 Safari/604.1", "Safari（iPhone）"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/120 Mobile Safari/537.36 MicroMessenger/8.0", "微信（Android）"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox（Linux）"),
        ("", "其他浏览器"),
        ("<script>alert(1)</script>", "其他浏览器"),
    ],
)
def test_machines_in_words(agent, words):
    assert signed_sessions.machine_of(RequestFactory().get("/", HTTP_USER_AGENT=agent)) == words


@pytest.mark.parametrize(
    ("address", "mask"),
    [("203.0.113.77", "203.0.113.0/24"), ("2001:db8:1:2:3::4", "2001:db8:1::/48"), ("", ""), ("nonsense", "")],
)
def test_sources_are_masked(address, mask):
    assert signed_sessions.source_mask(RequestFactory().get("/", REMOTE_ADDR=address)) == mask


def test_the_sign_in_page_says_how_long_a_session_lasts(client, db):
    page = client.get(SIGN_IN).content.decode()

    assert "30分钟没有操作会自动退出" in page
    assert "最长8小时后要重新登录" in page


def test_the_last_events_are_listed(member):
    client = SecureClient()
    client.post(SIGN_IN, {"number": member.username, "password": "wrong-wrong-wrong"})
    sign_in(client, member, RIGHT)

    page = client.get(ACCOUNT).content.decode()

    assert page.index("登录没有成功") > page.index("<b>登录</b>")


# The own password


@pytest.mark.parametrize("who", ["member", "learner"])
def test_a_new_password_ends_the_other_sessions_and_not_this_one(who, request):
    person = request.getfixturevalue(who)
    here, there = browser(person), browser(person)

    answer = here.post(CHANGE, {"current": RIGHT, "password": NEW, "repeated": NEW})

    assert answer.url == ACCOUNT
    assert is_in(here)
    assert is_in(here)
    assert not is_in(there)
    assert SignedSession.objects.filter(person=person, ended_at=None).count() == 1
    person.refresh_from_db()
    assert person.check_password(NEW)
    assert Event.objects.get(verb=PASSWORD).actor_id == person.pk


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"current": "wrong-wrong-wrong"}, "current"),
        ({"current": ""}, "current"),
        ({"password": RIGHT, "repeated": RIGHT}, "password"),
        ({"password": "short-one", "repeated": "short-one"}, "password"),
        ({"repeated": NEW + "x"}, "repeated"),
    ],
)
def test_a_password_is_changed_with_the_old_one_and_twice_the_same_good_one(member, fields, field):
    client = browser(member)

    answer = client.post(CHANGE, {"current": RIGHT, "password": NEW, "repeated": NEW} | fields)

    assert field in answer.context["form"].errors
    member.refresh_from_db()
    assert member.check_password(RIGHT)


def test_the_own_numbers_are_no_password(learner):
    client = browser(learner)
    tried = f"x{learner.candidate.ticket_number}"

    answer = client.post(CHANGE, {"current": RIGHT, "password": tried, "repeated": tried})

    assert "password" in answer.context["form"].errors


def test_a_candidate_is_told_by_a_message_staff_are_not(learner, member):
    browser(member).post(CHANGE, {"current": RIGHT, "password": NEW, "repeated": NEW})
    assert not OutgoingMessage.objects.exists()

    browser(learner).post(CHANGE, {"current": RIGHT, "password": NEW, "repeated": NEW})

    message = OutgoingMessage.objects.get()
    assert (message.to, message.candidate_id) == (learner.candidate.phone, learner.candidate_id)
    assert NEW not in message.text


def test_the_old_password_can_be_guessed_ten_times_only(member):
    with time_machine.travel(MORNING, tick=False):
        client = browser(member)
        wrong = {"current": "wrong-wrong-wrong", "password": NEW, "repeated": NEW}
        statuses = [client.post(CHANGE, wrong).status_code for _ in range(11)]

        assert statuses == [200] * 10 + [429]
        assert client.post(CHANGE, wrong | {"current": RIGHT}).status_code == 429


def test_a_reset_signs_the_person_out_everywhere_and_asks_for_all_anew(member, officer):
    client = browser(member)
    initial = reset_sign_in(member, by=officer)

    assert not is_in(client)
    answer = SecureClient().post(SIGN_IN, {"number": member.username, "password": initial})
    assert answer.url == reverse("sign-in-password")


# Factors and recovery codes


@pytest.mark.parametrize("page", [AUTHENTICATOR, reverse("account-passkey"), CODES, reverse("account-recovery-codes-file")])
def test_what_one_signs_in_with_is_changed_after_the_password_only(member, page):
    client = browser(member)

    assert client.get(page).url == f"{CONFIRM}?next={page.replace('/', '%2F')}"
    assert client.post(page, {"is_kept": "on", "code": "000000"}).status_code in (302, 405)
    assert recovery.left(member) == recovery.CODES
    assert client.post(CONFIRM, {"current": "wrong-wrong-wrong"}).status_code == 200
    assert client.get(page).url.startswith(CONFIRM)
    assert client.post(CONFIRM, {"current": RIGHT, "next": page}).url == page
    assert client.get(page).status_code in (200, 302)


def test_the_password_typed_again_is_enough_for_five_minutes_in_this_session(member):
    with time_machine.travel(MORNING, tick=False) as clock:
        client, other = confirmed(browser(member)), browser(member)
        assert other.get(AUTHENTICATOR).status_code == 302
        clock.shift(password_again.VALID_SECONDS)
        assert client.get(AUTHENTICATOR).status_code == 200
        clock.shift(1)
        assert client.get(AUTHENTICATOR).status_code == 302


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example"])
def test_the_password_typed_again_leads_to_no_other_site(member, elsewhere):
    assert browser(member).post(CONFIRM, {"current": RIGHT, "next": elsewhere}).url == ACCOUNT


def second_authenticator(client) -> None:
    secret = client.get(AUTHENTICATOR).context["secret"].replace(" ", "")
    code = second_factor.code_at(secret, second_factor.running_step())
    assert client.post(AUTHENTICATOR, {"code": code, "label": "办公手机"}).url == ACCOUNT


def test_a_second_authenticator_is_added_and_the_first_one_removed(member):
    first = member.second_factors.get()
    client = confirmed(browser(member))
    second_authenticator(client)
    remove = reverse("account-factor-remove", args=[first.pk])
    assert client.get(remove).status_code == 200

    assert client.post(remove).url == ACCOUNT

    assert member.second_factors.get().label == "办公手机"
    assert Event.objects.filter(verb=FACTOR_REMOVED, subject_id=member.pk).count() == 1


def test_the_last_factor_cannot_be_removed(member):
    only = member.second_factors.get()
    client = confirmed(browser(member))

    told = client.post(reverse("account-factor-remove", args=[only.pk]), follow=True)

    assert "至少要留一个" in told.content.decode()
    assert member.second_factors.get() == only


def test_nobody_removes_the_factor_of_somebody_else(member, officer):
    theirs = with_factor(officer)
    SecondFactor.objects.create(person=officer, kind="passkey")
    client = confirmed(browser(member))

    assert client.post(reverse("account-factor-remove", args=[theirs.pk])).status_code == 404
    assert officer.second_factors.count() == 2


def test_new_recovery_codes_are_good_once_they_are_confirmed_and_the_old_ones_no_more(member):
    old = recovery.new_codes()
    recovery.keep(member, old)
    client = confirmed(browser(member))
    shown = client.get(CODES).context["codes"]
    assert recovery.accept(member, old[0])
    assert not recovery.accept(member, shown[0])

    client.post(CODES, {"is_kept": "on"})

    assert not recovery.accept(member, old[1])
    assert recovery.accept(member, shown[0])


def test_a_candidate_has_password_and_sessions_only(learner):
    client = browser(learner)
    page = client.get(ACCOUNT).content.decode()

    assert reverse("account-password") in page
    assert "恢复码" not in page
    assert "第二道验证" not in page
    for address in (AUTHENTICATOR, CODES):
        assert client.get(address).status_code == 404


def test_a_member_without_any_row_of_a_session_gets_one(clerk, client):
    client.force_login(clerk)
    client.get(DESK)

    assert signed_sessions.running(clerk)


def test_few_codes_left_are_told_at_the_sign_in(member):
    for row in member.recovery_codes.all()[: recovery.CODES - recovery.FEW]:
        row.delete()
    client = SecureClient()
    client.post(SIGN_IN, {"number": member.username, "password": RIGHT})

    page = client.post(reverse("sign-in-factor"), {"code": current_code(member)}, follow=True)

    assert "恢复码只剩3个" in page.content.decode()


def test_sessions_that_are_over_say_why(learner):
    elsewhere, here = browser(learner), browser(learner)
    elsewhere.post(reverse("sign-out"))

    page = here.get(ACCOUNT).content.decode()

    assert "已经结束的登录" in page
    assert "自己退出" in page


def test_failed_tries_since_the_sign_in_before_are_told(learner):
    browser(learner)
    assert "没有登录成功" not in browser(learner).get(ACCOUNT).content.decode()
    for _ in range(2):
        SecureClient().post(reverse("sign-in"), {"number": learner.candidate.ticket_number, "password": "not-the-one-1"})

    assert "上次登录以后有2次没有登录成功" in browser(learner).get(ACCOUNT).content.decode()
    assert "没有登录成功" not in browser(learner).get(ACCOUNT).content.decode().split("最近的登录记录")[0]
