"""The second factor of staff: codes, passkeys, recovery codes, enrolment; nobody half signed in gets anywhere."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.urls import reverse

from audit.models import Event
from records.lookups import limits
from records.models import RecoveryCode, SecondFactor, User
from records.people import pending, recovery, second_factor
from records.people.initial import new_person
from records.people.sign_in_trail import FACTOR_ADDED, PASSWORD, REFUSED, SIGNED_IN
from tests.conftest import SecureClient
from tests.factories import PASSWORD as RIGHT
from tests.factories import UserFactory
from tests.records.authenticator import PRESENT, Authenticator
from tests.second_factor import current_code, with_factor

SIGN_IN, DESK = reverse("sign-in"), reverse("desk")
FACTOR, PASSKEY, RECOVERY = reverse("sign-in-factor"), reverse("sign-in-passkey"), reverse("sign-in-recovery")
ENROL, ENROL_TOTP = reverse("sign-in-enrol"), reverse("sign-in-enrol-authenticator")
ENROL_PASSKEY, CODES = reverse("sign-in-enrol-passkey"), reverse("sign-in-recovery-codes")
OWN_PASSWORD = reverse("sign-in-password")
MORNING = "2026-11-23 09:00:10+08:00"
ANOTHER = "quite-another-horse"


@pytest.fixture
def member(clerk) -> User:
    clerk.set_password(RIGHT)
    clerk.save()
    return clerk


@pytest.fixture
def enrolled(member) -> User:
    with_factor(member)
    return member


def signed_in(client) -> str | None:
    return client.session.get("_auth_user_id")


def password(client, person, **fields):
    return client.post(SIGN_IN, {"number": person.username, "password": RIGHT, **fields})


def code(client, digits):
    return client.post(FACTOR, {"code": digits})


def secret_of(person) -> str:
    return person.second_factors.get(kind="totp").secret


def code_now(person, step: int = 0) -> str:
    return second_factor.code_at(secret_of(person), second_factor.running_step() + step)


# Codes


@pytest.mark.parametrize(("step", "gets_in"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_the_code_of_the_step_before_and_after_is_good_no_other(client, enrolled, step, gets_in):
    with time_machine.travel(MORNING, tick=False):
        password(client, enrolled)
        code(client, code_now(enrolled, step))

        assert (signed_in(client) == str(enrolled.pk)) is gets_in


def test_a_code_is_good_once(client, enrolled):
    with time_machine.travel(MORNING, tick=False):
        digits = code_now(enrolled)
        password(client, enrolled)
        assert code(client, digits).status_code == 302
        again = SecureClient()
        password(again, enrolled)
        refused = code(again, digits)

    assert refused.status_code == 200
    assert "已经用过" in refused.content.decode()
    assert signed_in(again) is None


def test_after_a_later_code_the_one_before_it_is_no_longer_good(client, enrolled):
    with time_machine.travel(MORNING, tick=False):
        password(client, enrolled)
        assert code(client, code_now(enrolled, 1)).status_code == 302
        for step in (-1, 0, 1):
            assert second_factor.accept(enrolled, code_now(enrolled, step)) is None


@pytest.mark.django_db(transaction=True)
def test_of_two_requests_with_one_code_one_gets_in():
    person = UserFactory()
    with_factor(person)
    digits, start = current_code(person), threading.Barrier(2)

    def use(_number: int) -> bool:
        start.wait()
        try:
            return second_factor.accept(person, digits) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(use, range(2))) == [False, True]


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "12345x", "-12345", "１２３４5", "٠١٢٣٤٥"])
def test_what_is_no_code_is_told_so_and_counts_as_no_try(client, enrolled, typed):
    password(client, enrolled)

    assert code(client, typed).status_code == 200
    assert not Event.objects.filter(verb=REFUSED).exists()


def test_a_code_may_be_typed_with_blanks_and_in_full_width(client, enrolled):
    password(client, enrolled)
    digits = current_code(enrolled)

    code(client, f"{digits[:3]} {digits[3:].translate({ord('0') + n: ord('０') + n for n in range(10)})}")

    assert signed_in(client) == str(enrolled.pk)


def test_the_code_of_somebody_else_does_not_open(client, enrolled, officer):
    with_factor(officer)
    password(client, enrolled)

    code(client, current_code(officer))

    assert signed_in(client) is None


def test_a_wrong_code_is_written_without_what_was_typed(client, enrolled):
    password(client, enrolled)
    code(client, "000000" if code_now(enrolled) != "000000" else "000001")

    written = Event.objects.get(verb=REFUSED)
    assert (written.outcome, written.actor_id, written.subject_id) == ("denied", None, enrolled.pk)
    assert (written.office_id, written.details["by"]) == (enrolled.office_id, "totp")
    assert "00000" not in json.dumps(written.details)


# Nobody half signed in gets anywhere


def test_after_the_password_alone_every_page_still_asks_to_sign_in(client, enrolled):
    password(client, enrolled)

    for page in (DESK, reverse("account"), reverse("candidates:list")):
        assert client.get(page).url.startswith(SIGN_IN)
    assert client.get(reverse("api-exemptions-list")).status_code == 403
    assert signed_in(client) is None


@pytest.mark.parametrize("page", [FACTOR, PASSKEY, RECOVERY, ENROL, ENROL_TOTP, ENROL_PASSKEY, CODES, OWN_PASSWORD])
def test_without_the_password_no_page_of_the_second_step_opens(client, enrolled, page):
    for answer in (client.get(page), client.post(page, {"code": current_code(enrolled)})):
        assert (answer.status_code, answer.url) == (302, SIGN_IN)
    assert signed_in(client) is None


@pytest.mark.parametrize("page", [ENROL, ENROL_TOTP, ENROL_PASSKEY, CODES, OWN_PASSWORD])
def test_who_has_a_factor_cannot_enrol_another_one_instead_of_passing_it(client, enrolled, page):
    password(client, enrolled)

    assert client.get(page).url == FACTOR
    assert client.post(page, {"is_kept": "on"}).url == FACTOR
    assert enrolled.second_factors.count() == 1


def test_the_second_step_changes_the_key_of_the_session_twice_and_keeps_nothing_planted(client, enrolled):
    client.get(SIGN_IN)
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    keys = [client.session.session_key]
    password(client, enrolled)
    keys.append(client.session.session_key)
    assert "planted" not in client.session
    code(client, current_code(enrolled))
    keys.append(client.session.session_key)

    assert len(set(keys)) == 3
    assert not Session.objects.filter(session_key__in=keys[:2]).exists()


def test_the_session_knows_when_and_by_what_it_was_verified(client, enrolled):
    with time_machine.travel(MORNING, tick=False) as clock:
        password(client, enrolled)
        clock.shift(40)
        code(client, code_now(enrolled))
        assert client.session["second-factor"] == {"by": "totp", "at": int(time.time())}


@pytest.mark.parametrize(("seconds", "gets_in"), [(pending.VALID_SECONDS, True), (pending.VALID_SECONDS + 1, False)])
def test_the_second_step_has_ten_minutes(client, enrolled, seconds, gets_in):
    with time_machine.travel(MORNING, tick=False) as clock:
        password(client, enrolled)
        clock.shift(seconds)
        answer = code(client, code_now(enrolled))

        assert (signed_in(client) == str(enrolled.pk)) is gets_in
    assert answer.url == (DESK if gets_in else SIGN_IN)


def test_five_wrong_codes_end_the_attempt_and_the_password_is_asked_again(client, enrolled):
    password(client, enrolled)
    wrong = "000000" if code_now(enrolled) != "000000" else "000001"
    answers = [code(client, wrong) for _ in range(pending.MOST_TRIES)]

    assert [answer.status_code for answer in answers] == [200] * 4 + [302]
    assert answers[-1].url == SIGN_IN
    assert code(client, code_now(enrolled)).url == SIGN_IN
    assert signed_in(client) is None
    assert password(client, enrolled).url == FACTOR


def test_ten_wrong_codes_lock_the_name_for_this_source(client, enrolled):
    wrong = "000000" if code_now(enrolled) != "000000" else "000001"
    statuses = []
    for _ in range(2):
        password(client, enrolled)
        statuses += [code(client, wrong).status_code for _ in range(pending.MOST_TRIES)]

    assert statuses == [200] * 4 + [302] + [200] * 4 + [429]
    assert password(client, enrolled).status_code == 429
    elsewhere = SecureClient(REMOTE_ADDR="203.0.113.9")
    assert password(elsewhere, enrolled).url == FACTOR


def test_wrong_codes_of_one_person_are_counted_from_everywhere(enrolled, monkeypatch):
    monkeypatch.setattr(limits, "SECOND_FACTOR", limits.Limit("second-factor", 3, 24 * limits.HOUR))
    wrong = "000000" if code_now(enrolled) != "000000" else "000001"
    with time_machine.travel(MORNING, tick=False):
        for number in range(3):
            source = SecureClient(REMOTE_ADDR=f"203.0.113.{number}")
            password(source, enrolled)
            assert code(source, wrong).status_code == 200
        fourth = SecureClient(REMOTE_ADDR="203.0.113.99")
        password(fourth, enrolled)
        assert code(fourth, code_now(enrolled)).status_code == 429

    assert signed_in(fourth) is None


def test_a_password_that_is_changed_meanwhile_ends_the_attempt(client, enrolled):
    password(client, enrolled)
    enrolled.set_password(ANOTHER)
    enrolled.save()

    assert code(client, current_code(enrolled)).url == SIGN_IN
    assert signed_in(client) is None


def test_an_account_that_is_blocked_meanwhile_does_not_open(client, enrolled):
    password(client, enrolled)
    User.objects.filter(pk=enrolled.pk).update(is_active=False)

    assert code(client, current_code(enrolled)).url == SIGN_IN
    assert signed_in(client) is None


def test_another_person_at_the_same_browser_signs_the_first_one_out(client, enrolled, officer):
    client.force_login(officer)

    password(client, enrolled)

    assert signed_in(client) is None
    assert client.get(DESK).url.startswith(SIGN_IN)


def test_the_second_step_leads_to_where_the_person_was_going(client, enrolled):
    wanted = reverse("exemptions:list")
    password(client, enrolled, next=wanted)

    assert code(client, current_code(enrolled)).url == wanted


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"])
def test_the_second_step_leads_to_no_other_site(client, enrolled, elsewhere):
    password(client, enrolled, next=elsewhere)

    assert code(client, current_code(enrolled)).url == DESK


def test_a_candidate_is_never_asked_for_a_second_factor(client, candidate_user):
    candidate_user.set_password(RIGHT)
    candidate_user.save()
    SecondFactor.objects.create(person=candidate_user, kind="totp", secret=second_factor.new_secret())

    answer = client.post(SIGN_IN, {"number": candidate_user.candidate.ticket_number, "password": RIGHT})

    assert answer.url == reverse("space")
    assert signed_in(client) == str(candidate_user.pk)


def test_signing_in_stands_in_the_trail_with_the_factor(client, enrolled):
    password(client, enrolled)
    assert not Event.objects.filter(verb=SIGNED_IN).exists()
    code(client, current_code(enrolled))

    written = Event.objects.get(verb=SIGNED_IN)
    assert (written.actor_id, written.subject_id, written.office_id) == (enrolled.pk, enrolled.pk, enrolled.office_id)
    assert written.details["factor"] == "totp"


# Recovery codes


@pytest.fixture
def codes(enrolled) -> list[str]:
    made = recovery.new_codes()
    recovery.keep(enrolled, made)
    return made


def test_a_recovery_code_opens_once_and_says_how_many_are_left(client, enrolled, codes):
    password(client, enrolled)
    answer = client.post(RECOVERY, {"code": codes[0]}, follow=True)
    assert signed_in(client) == str(enrolled.pk)
    assert "还剩9个" in answer.content.decode()

    again = SecureClient()
    password(again, enrolled)
    assert again.post(RECOVERY, {"code": codes[0]}).status_code == 200
    assert signed_in(again) is None


def test_a_recovery_code_may_be_typed_in_capitals_without_the_hyphen(client, enrolled, codes):
    password(client, enrolled)

    client.post(RECOVERY, {"code": f" {codes[0].upper().replace('-', ' ')} "})

    assert signed_in(client) == str(enrolled.pk)


def test_a_recovery_code_of_somebody_else_does_not_open(client, enrolled, officer, codes):
    others = recovery.new_codes()
    recovery.keep(officer, others)
    password(client, enrolled)

    client.post(RECOVERY, {"code": others[0]})

    assert signed_in(client) is None


def test_the_codes_themselves_stand_nowhere(enrolled, codes):
    kept = b"".join(bytes(row.code_hash) for row in RecoveryCode.objects.all())

    assert not [each for each in codes if each.encode() in kept]
    assert not [event for event in Event.objects.all() if any(each in str(event.details) for each in codes)]


def test_after_the_last_code_new_ones_must_be_put_away_before_getting_in(client, enrolled, codes):
    RecoveryCode.objects.filter(person=enrolled).exclude(pk=RecoveryCode.objects.latest("pk").pk).delete()
    password(client, enrolled)
    assert client.post(RECOVERY, {"code": codes[-1]}).url == CODES
    assert signed_in(client) is None

    assert client.post(CODES, {}).status_code == 200
    assert signed_in(client) is None
    assert client.post(CODES, {"is_kept": "on"}).url == DESK

    assert signed_in(client) == str(enrolled.pk)
    assert recovery.left(enrolled) == recovery.CODES


@pytest.mark.django_db(transaction=True)
def test_of_two_requests_with_one_recovery_code_one_gets_in():
    person = UserFactory()
    made, start = recovery.new_codes(), threading.Barrier(2)
    recovery.keep(person, made)

    def use(_number: int) -> bool:
        start.wait()
        try:
            return recovery.accept(person, made[3])
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(use, range(2))) == [False, True]


# The first sign-in of a member of staff


def shown_secret(answer) -> str:
    return answer.context["secret"].replace(" ", "")


def test_the_first_sign_in_goes_by_password_factor_and_codes_in_this_order(client, officer):
    person, initial = new_person("newcomer", "新同事", by=officer)

    answer = client.post(SIGN_IN, {"number": "newcomer", "password": initial})
    assert answer.url == OWN_PASSWORD
    assert client.get(ENROL).url == OWN_PASSWORD
    assert client.post(OWN_PASSWORD, {"password": ANOTHER, "repeated": ANOTHER}).url == ENROL
    assert client.get(CODES).url == ENROL
    secret = shown_secret(client.get(ENROL_TOTP))
    digits = second_factor.code_at(secret, second_factor.running_step())
    assert client.post(ENROL_TOTP, {"code": digits}).url == CODES
    shown = client.get(CODES).context["codes"]
    assert signed_in(client) is None
    assert client.post(CODES, {"is_kept": "on"}).url == DESK

    person.refresh_from_db()
    assert signed_in(client) == str(person.pk)
    assert (person.check_password(ANOTHER), person.password_is_initial) == (True, False)
    assert secret_of(person) == secret
    assert recovery.accept(person, shown[9])
    verbs = set(Event.objects.about(person).values_list("verb", flat=True))
    assert {PASSWORD, FACTOR_ADDED, SIGNED_IN} <= verbs


@pytest.mark.parametrize(
    ("tried", "fault"),
    [("{initial}", "same"), ("short-one", "password_too_short"), ("1234567890123", "password_entirely_numeric")],
)
def test_the_initial_password_cannot_be_kept_nor_replaced_by_a_weak_one(client, officer, tried, fault):
    person, initial = new_person("newcomer", "新同事", by=officer)
    client.post(SIGN_IN, {"number": "newcomer", "password": initial})
    tried = tried.format(initial=initial)

    answer = client.post(OWN_PASSWORD, {"password": tried, "repeated": tried})

    assert fault in {error.code for error in answer.context["form"].errors.as_data()["password"]}
    person.refresh_from_db()
    assert person.password_is_initial


def test_the_secret_stays_the_same_until_a_code_confirms_it_and_lies_nowhere_in_clear(client, member):
    password(client, member)
    secret = shown_secret(client.get(ENROL_TOTP))

    wrong = client.post(ENROL_TOTP, {"code": "000000"})
    kept = str(dict(client.session))

    assert wrong.status_code == 200
    assert shown_secret(wrong) == secret
    assert secret not in kept
    assert not member.second_factors.exists()


def test_the_secret_is_encrypted_in_its_table_and_stands_in_no_event(enrolled):
    secret = secret_of(enrolled)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(f)::text FROM records_secondfactor f")
        row = cursor.fetchone()[0]

    assert secret not in row
    assert secret.encode().hex() not in row
    assert not [event for event in Event.objects.all() if secret in str(event.details)]


def test_the_code_that_enrolled_is_used_up(client, member):
    with time_machine.travel(MORNING, tick=False):
        password(client, member)
        secret = shown_secret(client.get(ENROL_TOTP))
        digits = second_factor.code_at(secret, second_factor.running_step())
        client.post(ENROL_TOTP, {"code": digits})

        assert second_factor.accept(member, digits) is None


def test_who_leaves_before_putting_the_codes_away_gets_new_ones_next_time(client, member):
    password(client, member)
    secret = shown_secret(client.get(ENROL_TOTP))
    client.post(ENROL_TOTP, {"code": second_factor.code_at(secret, second_factor.running_step())})
    first = client.get(CODES).context["codes"]

    again = SecureClient()
    password(again, member)
    assert code(again, current_code(member)).url == CODES
    second = again.get(CODES).context["codes"]

    assert not set(first) & set(second)
    assert signed_in(again) is None


def test_the_codes_can_be_saved_as_a_text_file_while_they_are_shown(client, member):
    password(client, member)
    secret = shown_secret(client.get(ENROL_TOTP))
    client.post(ENROL_TOTP, {"code": second_factor.code_at(secret, second_factor.running_step())})
    shown = client.get(CODES).context["codes"]
    file = client.get(reverse("sign-in-recovery-codes-file"))

    assert "attachment" in file["Content-Disposition"]
    assert "no-store" in file["Cache-Control"]
    assert all(each in file.content.decode() for each in shown)
    client.post(CODES, {"is_kept": "on"})
    assert client.get(reverse("sign-in-recovery-codes-file")).status_code == 302


def test_the_picture_holds_the_secret_and_no_style(client, member):
    password(client, member)
    page = client.get(ENROL_TOTP).content.decode()

    assert "<svg" in page
    assert "style=" not in page


# Passkeys


@pytest.fixture
def key(client, member) -> Authenticator:
    """The passkey with which ``member`` has enrolled; the browser is signed out again."""
    password(client, member)
    made = Authenticator()
    answer = client.post(ENROL_PASSKEY, {"answer": made.made(creation(client))})
    assert answer.url == CODES
    client.post(CODES, {"is_kept": "on"})
    client.logout()
    return made


def creation(client):
    return json.loads(client.get(ENROL_PASSKEY).context["options"])


def challenge(client):
    return json.loads(client.get(FACTOR).context["options"])


def test_a_passkey_opens_and_its_counter_is_kept(client, member, key):
    password(client, member)
    assert client.post(PASSKEY, {"answer": key.signed(challenge(client))}).url == DESK

    assert signed_in(client) == str(member.pk)
    assert member.second_factors.get().sign_count == key.counter
    assert client.session["second-factor"]["by"] == "passkey"


def test_what_the_browser_is_asked_for(client, member, key):
    password(client, member)
    options = challenge(client)

    assert (options["rpId"], options["userVerification"]) == ("testserver", "required")
    assert len(options["allowCredentials"]) == 1
    assert len(options["challenge"]) > 40
    assert challenge(client)["challenge"] != options["challenge"]


def bent(**change):
    def bend(key: Authenticator) -> Authenticator:
        for name, value in change.items():
            setattr(key, name, value)
        return key

    return bend


@pytest.mark.parametrize(
    "bend",
    [
        bent(origin="https://elsewhere.example"),
        bent(origin="http://testserver"),
        bent(host="elsewhere.example"),
        bent(flags=PRESENT),
        bent(flags=0),
        bent(name=b"another passkey."),
        bent(key=Authenticator().key),
    ],
    ids=["origin", "scheme", "host", "not-verified", "nobody-there", "another-name", "another-key"],
)
def test_a_passkey_that_is_not_quite_right_does_not_open(client, member, key, bend):
    password(client, member)

    answer = client.post(PASSKEY, {"answer": bend(key).signed(challenge(client))})

    assert answer.status_code == 200
    assert signed_in(client) is None
    assert Event.objects.filter(verb=REFUSED, details__by="passkey").count() == 1


def test_a_challenge_is_good_once_and_only_the_one_that_was_set(client, member, key):
    password(client, member)
    old = challenge(client)
    challenge(client)
    assert client.post(PASSKEY, {"answer": key.signed(old)}).status_code == 200
    latest = challenge(client)
    answer = key.signed(latest)
    client.post(PASSKEY, {"answer": answer})
    assert signed_in(client) == str(member.pk)

    client.logout()
    password(client, member)
    client.get(FACTOR)
    assert client.post(PASSKEY, {"answer": answer}).status_code == 200
    assert signed_in(client) is None


def test_a_counter_that_does_not_rise_is_a_copy_and_does_not_open(client, member, key):
    SecondFactor.objects.filter(person=member).update(sign_count=5)
    key.counter = 4
    password(client, member)

    client.post(PASSKEY, {"answer": key.signed(challenge(client))})

    assert signed_in(client) is None


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "null", "x", '{"id": "AA"}', '{"id": 5, "rawId": []}', "9" * 30_000, '"\\u0000"']
)
def test_an_answer_that_is_none_is_refused_calmly(client, member, key, answer):
    password(client, member)
    client.get(FACTOR)

    assert client.post(PASSKEY, {"answer": answer}).status_code == 200
    assert signed_in(client) is None


def test_the_passkey_of_somebody_else_does_not_open(client, member, key, officer):
    officer.set_password(RIGHT)
    officer.save()
    with_factor(officer)
    SecondFactor.objects.create(person=officer, kind="passkey", credential_id=b"1", public_key=b"1")
    password(client, officer)

    client.post(PASSKEY, {"answer": key.signed(challenge(client))})

    assert signed_in(client) is None


@pytest.mark.parametrize("bend", [bent(origin="https://elsewhere.example"), bent(flags=PRESENT), bent(host="elsewhere.example")])
def test_a_passkey_made_elsewhere_or_without_its_holder_is_not_kept(client, member, bend):
    password(client, member)

    answer = client.post(ENROL_PASSKEY, {"answer": bend(Authenticator()).made(creation(client))})

    assert answer.status_code == 200
    assert not member.second_factors.exists()


def test_one_passkey_belongs_to_one_person(client, member, key, officer):
    officer.set_password(RIGHT)
    officer.save()
    password(client, officer)

    assert client.post(ENROL_PASSKEY, {"answer": key.made(creation(client))}).status_code == 200
    assert not officer.second_factors.exists()


def test_where_the_portal_is_reached_by_an_address_no_passkey_is_offered(client, member, settings):
    password(client, member)

    by_address = client.get(ENROL, headers={"host": "127.0.0.1"})

    assert ENROL_PASSKEY in client.get(ENROL).content.decode()
    assert ENROL_PASSKEY not in by_address.content.decode()
