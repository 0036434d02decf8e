"""The table of the permission matrix, by hand: who gets which code at which address.

Signed out: 302 to the sign-in page, or 403 from the machine's door. Outside one's reach 404, within it without the right 403.
"""

from __future__ import annotations

import datetime as dt
import secrets
import time
from typing import Any

from config.kiosk import ANSWER as TERMINAL_ANSWER
from config.kiosk import TOKEN as TERMINAL
from config.space_contact import ASKED
from records.contact import changing
from records.kiosks import asking
from records.people import activation, enrolment, kept_in_session, password_again, pending
from records.people.models import SecondFactor, SignedSession
from records.people.second_factor import new_secret
from records.photos.pages import CHOSEN
from records.working_days.models import DayException
from tests.config.matrix import Page
from tests.factories import UserFactory

EVERYBODY = {"*": 200}
NOBODY_READS = {"*": 405}
MOVES_ON = {"*": 302}
CANDIDATES_ONLY = {"visitor": 302, "candidates": 200, "staff": 404}
OTHERS_404 = {"visitor": 302, "*": 404}

# Offices' people by what they may do with a candidate of the university "own"
NO_RECORD_STAFF = {"O7": 403, "OA": 403, "OS": 403}
READS_THE_RECORD = {"O*": 200, **NO_RECORD_STAFF, "U* own": 200, "U8 own": 403, "US own": 403, "U* other": 404, "L*": 404}
READS_A_LIST = {"O*": 200, **NO_RECORD_STAFF, "U*": 200, "U8": 403, "US": 403, "L*": 403}
SCORE_DESK = {"visitor": 302, "candidates": 403, "staff": 403, "O3": 200}
SCORE_FILE = {"visitor": 302, "*": 404, "O*": 403, "O3": 200}


def candidate(world: Any) -> dict[str, Any]:
    return {"pk": world.candidate.pk}


def snapshot(world: Any) -> dict[str, Any]:
    return {"pk": world.snapshot.pk}


def keyed_sheet(world: Any) -> dict[str, Any]:
    return {"pk": world.keyed_sheet.pk}


def exemption(world: Any) -> dict[str, Any]:
    return {"pk": world.exemption.pk}


def exemption_return(world: Any) -> dict[str, Any]:
    return {"pk": world.exemption.pk, "name": "return"}


def exemption_return_by_machine(world: Any) -> dict[str, Any]:
    return {"pk": world.exemption.pk, "step": "return"}


def chosen_credential(world: Any) -> dict[str, Any]:
    return {"credential": world.credential.pk, "registration": world.candidate.registrations.get().pk}


def document(world: Any) -> dict[str, Any]:
    return {"key": world.document.key}


def job(world: Any) -> dict[str, Any]:
    return {"pk": world.job.pk}


def notice(world: Any) -> dict[str, Any]:
    return {"pk": world.notice.pk}


def batch(world: Any) -> dict[str, Any]:
    return {"pk": world.batch.pk}


def publication(world: Any) -> dict[str, Any]:
    return {"pk": world.publication.pk}


def asked_for_publication(world: Any) -> dict[str, Any]:
    return {"pk": world.publication.pk, "name": "prepare"}


def sitting(world: Any) -> dict[str, Any]:
    return {"name": world.sitting.name}


def major(world: Any) -> dict[str, Any]:
    return {"major": world.graduation.major.code}


def graduation(world: Any) -> dict[str, Any]:
    return {"pk": world.graduation.pk}


def graduation_return(world: Any) -> dict[str, Any]:
    return {"pk": world.graduation.pk, "name": "return"}


def graduation_return_by_machine(world: Any) -> dict[str, Any]:
    return {"pk": world.graduation.pk, "step": "return"}


def correction(world: Any) -> dict[str, Any]:
    return {"pk": world.correction.pk}


def correction_return(world: Any) -> dict[str, Any]:
    return {"pk": world.correction.pk, "name": "return"}


def correction_return_by_machine(world: Any) -> dict[str, Any]:
    return {"pk": world.correction.pk, "step": "return"}


def correction_kind(world: Any) -> dict[str, Any]:
    return {"code": "photo"}


def at_the_counter(world: Any) -> dict[str, Any]:
    return {"candidate": world.candidate.pk}


def photo_at_the_counter(world: Any) -> dict[str, Any]:
    return {"candidate": world.candidate.pk, "code": "photo"}


def code_asked_for(browser: Any, world: Any) -> None:
    """A code was sent to a new phone; asked for once, because codes are limited."""
    if not hasattr(world, "contact_token"):
        world.contact_token = changing.ask(world.candidate, changing.PHONE, "13812345678")
    session = browser.session
    session[ASKED] = world.contact_token
    session.save()


def at_the_terminal(browser: Any, world: Any) -> None:
    """The browser is the terminal of the world's own university."""
    browser.cookies[TERMINAL] = world.kiosk_token


def asked_at_the_terminal(browser: Any, world: Any) -> None:
    """Three numbers that belong to nobody were sent."""
    at_the_terminal(browser, world)
    browser.cookies[TERMINAL_ANSWER] = asking.ask(world.kiosk, secrets.token_hex(4), "", secrets.token_hex(4))


def cohort(world: Any) -> dict[str, Any]:
    return {"pk": world.cohort.pk}


def outcome(world: Any) -> dict[str, Any]:
    return {"pk": world.cohort.pk, "outcome": world.outcome.pk}


def paper_file(world: Any) -> dict[str, Any]:
    return {"pk": world.paper_file.pk}


def change_note(world: Any) -> dict[str, Any]:
    return {"pk": world.change_note.pk}


def paper_put_back(world: Any) -> dict[str, Any]:
    return {"pk": world.change_note.pk, "name": "put-back"}


def person_with_a_file(world: Any) -> dict[str, Any]:
    return {"candidate": world.candidate.pk}


def archive_report(world: Any) -> dict[str, Any]:
    return {"pk": world.archive_report.pk}


def as_workbook(world: Any) -> dict[str, Any]:
    return {"suffix": "xlsx"}


def unusual_reading(world: Any) -> dict[str, Any]:
    return {"pk": world.reading.pk}


def kind(world: Any) -> dict[str, Any]:
    return {"kind": "marks"}


def session_of_the_candidate(world: Any) -> dict[str, Any]:
    row, _is_new = SignedSession.objects.get_or_create(person=world.people["candidate"], key_hash=bytes(32))
    return {"pk": row.pk}


def factor_of_the_officer(world: Any) -> dict[str, Any]:
    return {"pk": SecondFactor.objects.get_or_create(person=world.people["O4"], kind=SecondFactor.Kind.PASSKEY)[0].pk}


def password_right(*, password_is_initial: bool = False, has_factor: bool = False, proven: str = "") -> Any:
    """Somebody of the staff has typed the right password in this browser, and perhaps passed the second factor."""

    def before(browser: Any, _world: Any) -> None:
        person = UserFactory(password_is_initial=password_is_initial)
        if has_factor or proven:
            SecondFactor.objects.create(person=person, kind=SecondFactor.Kind.TOTP, secret=new_secret())
        session = browser.session
        session[pending.KEY] = pending.state_of(person, name="", next="") | {"factor": proven}
        kept_in_session.keep(session, enrolment.CODES, "aaaaa-bbbbb")
        session.save()

    return before


def password_typed_again(browser: Any, _world: Any) -> None:
    session = browser.session
    session[password_again.KEY] = int(time.time())
    kept_in_session.keep(session, enrolment.CODES, "aaaaa-bbbbb")
    session.save()


def member(world: Any) -> dict[str, Any]:
    return {"pk": world.member.pk}


def appointment(world: Any) -> dict[str, Any]:
    return {"pk": world.member.appointments.get().pk}


def university_office(world: Any) -> dict[str, Any]:
    return {"pk": world.own.pk}


def photo(world: Any) -> dict[str, Any]:
    return {"pk": world.photo.pk}


def photo_batch(world: Any) -> dict[str, Any]:
    return {"pk": world.photo_batch.pk}


def ticket_batch(world: Any) -> dict[str, Any]:
    return {"pk": world.ticket_batch.pk}


def rare_name(world: Any) -> dict[str, Any]:
    return {"pk": world.rare_name.pk}


def photo_measured(browser: Any, world: Any) -> None:
    """The candidate has uploaded a photo that is in order, and not confirmed it."""
    session = browser.session
    session[CHOSEN] = [[world.candidate.pk, str(world.photo.document.key)]]
    session.save()


def leave(world: Any) -> dict[str, Any]:
    return {"pk": world.leave.pk}


def leave_by_number(world: Any) -> dict[str, Any]:
    return {"way": "numbers"}


def leave_refused(world: Any) -> dict[str, Any]:
    return {"pk": world.leave.pk, "name": "refuse"}


def leave_refused_by_machine(world: Any) -> dict[str, Any]:
    return {"pk": world.leave.pk, "step": "refuse"}


def trail_event(world: Any) -> dict[str, Any]:
    return {"pk": world.event.pk}


def trail_export(world: Any) -> dict[str, Any]:
    return {"pk": world.trail_export.pk}


def daily_report(world: Any) -> dict[str, Any]:
    return {"day": world.report.day}


def trail_purpose(browser: Any, world: Any) -> None:
    browser.post("/trail/purpose/", {"reason": "check"})


def sign_in_begun(browser: Any, world: Any) -> None:
    session = browser.session
    session[activation.FIRST] = "begun"
    session[activation.FORGOTTEN] = "begun"
    session.save()


OPEN = [
    Page("home", EVERYBODY),
    Page("theme", MOVES_ON, method="post", body={"theme": "dark"}),
    Page("theme", NOBODY_READS),
    Page("privacy", EVERYBODY),
    Page("accessibility", EVERYBODY),
    Page("notices", EVERYBODY),
    Page("notice", EVERYBODY, notice),
    Page("lookup", EVERYBODY),
    Page("scores-lookup", EVERYBODY),
    Page("sign-in", {"visitor": 200, "*": 302}),
    Page("first-sign-in", EVERYBODY),
    Page("first-sign-in-code", EVERYBODY, before=sign_in_begun),
    Page("forgotten", EVERYBODY),
    Page("forgotten-code", EVERYBODY, before=sign_in_begun),
    Page("slip", EVERYBODY),
    Page("sign-out", MOVES_ON, method="post"),
    Page("sign-out", NOBODY_READS),
]

STAGES = [  # open to whoever has just typed the right password of a member of staff, and to nobody else
    Page("sign-in-password", EVERYBODY, before=password_right(password_is_initial=True)),
    Page("sign-in-enrol", EVERYBODY, before=password_right()),
    Page("sign-in-enrol-authenticator", EVERYBODY, before=password_right()),
    Page("sign-in-enrol-passkey", EVERYBODY, before=password_right()),
    Page("sign-in-factor", EVERYBODY, before=password_right(has_factor=True)),
    Page("sign-in-passkey", EVERYBODY, before=password_right(has_factor=True)),
    Page("sign-in-recovery", EVERYBODY, before=password_right(has_factor=True)),
    Page("sign-in-recovery-codes", EVERYBODY, before=password_right(proven="totp")),
    Page("sign-in-recovery-codes-file", EVERYBODY, before=password_right(proven="totp")),
]
STAGES += [Page(page.name, MOVES_ON) for page in STAGES]

STAFF_ASKED_FIRST = {"visitor": 302, "candidates": 404, "staff": 302}
STAFF_ACCOUNT = {"visitor": 302, "candidates": 404, "staff": 200}
ACCOUNT = [
    Page("account", {"visitor": 302, "*": 200}),
    Page("account-password", {"visitor": 302, "*": 200}),
    Page("account-confirm", {"visitor": 302, "*": 200}),
    Page("account-authenticator", STAFF_ACCOUNT, before=password_typed_again),
    Page("account-passkey", STAFF_ACCOUNT, before=password_typed_again),
    Page("account-factor-remove", {**OTHERS_404, "O4": 200}, factor_of_the_officer, before=password_typed_again),
    Page("account-recovery-codes", STAFF_ACCOUNT, before=password_typed_again),
    Page("account-recovery-codes-file", STAFF_ACCOUNT, before=password_typed_again),
    Page("account-authenticator", STAFF_ASKED_FIRST),
    Page("account-passkey", STAFF_ASKED_FIRST),
    Page("account-factor-remove", STAFF_ASKED_FIRST, factor_of_the_officer),
    Page("account-recovery-codes", STAFF_ASKED_FIRST),
    Page("account-recovery-codes-file", STAFF_ASKED_FIRST),
    Page("account-session-end", {**OTHERS_404, "candidate": 302}, session_of_the_candidate, method="post"),
    Page("account-session-end", {"visitor": 302, "*": 405}, session_of_the_candidate),
    Page("account-sessions-end", MOVES_ON, method="post"),
    Page("account-sessions-end", {"visitor": 302, "*": 405}),
]

SPACE = [
    Page("space", CANDIDATES_ONLY),
    Page("passed-courses", CANDIDATES_ONLY),
    Page("applications", CANDIDATES_ONLY),
    Page("calendar", CANDIDATES_ONLY),
    Page("downloads", CANDIDATES_ONLY),
    Page("reads", CANDIDATES_ONLY),
    Page("reads-export", CANDIDATES_ONLY),
    Page("space-kind", CANDIDATES_ONLY, kind),
]

STAFF = [
    Page("desk", {"visitor": 302, "candidates": 404, "staff": 200}),
    Page("candidates:list", {"visitor": 302, "candidates": 403, **READS_A_LIST}),
    Page("candidates:detail", {"visitor": 302, "candidate": 403, "stranger": 404, **READS_THE_RECORD}, candidate),
    Page("documents:open", {"visitor": 302, "candidate": 200, "stranger": 404, **READS_THE_RECORD}, document),
    Page("jobs:detail", {"visitor": 302, "candidates": 404, "staff": 404, "O*": 200}, job),
]

EXEMPTIONS = [
    Page("exemptions:list", {"visitor": 302, "candidates": 200, **READS_A_LIST}),
    Page("exemptions:start", CANDIDATES_ONLY),
    Page("exemptions:courses", {"visitor": 302, "candidate": 200, "stranger": 404, "staff": 404}, chosen_credential),
    Page("exemptions:detail", {"visitor": 302, "candidate": 200, "stranger": 404, **READS_THE_RECORD}, exemption),
    Page("exemptions:complete", {"visitor": 302, "candidate": 409, "stranger": 404, "staff": 404}, exemption),
    Page(
        "exemptions:step",
        {"visitor": 302, "candidate": 403, "stranger": 404, "O*": 403, "U* own": 403, "U4 own": 409, "U* other": 404, "L*": 404},
        exemption_return,
        method="post",
    ),
    Page("api-exemptions-list", {"visitor": 403, "candidates": 200, **READS_A_LIST}),
    Page(
        "api-exemptions-detail",
        {"visitor": 403, "candidate": 200, "stranger": 404, **READS_THE_RECORD, "U8": 403, "US": 403, "L*": 403},
        exemption,
    ),
    Page(
        "api-exemptions-steps",
        {
            "visitor": 403,
            "candidate": 403,
            "stranger": 404,
            "O*": 403,
            "U* own": 403,
            "U4 own": 409,
            "U* other": 404,
            "U8": 403,
            "US": 403,
            "L*": 403,
        },
        exemption_return_by_machine,
        method="post",
    ),
    Page("api-schema", {"visitor": 403, "candidates": 403, "staff": 200}),
]

GRADUATION = [
    Page("progress", CANDIDATES_ONLY),
    Page("graduation:list", {"visitor": 302, "candidates": 200, **READS_A_LIST}),
    Page("graduation:new", CANDIDATES_ONLY),
    Page("graduation:fill", {"visitor": 302, "candidate": 302, "stranger": 200, "staff": 404}, major),
    Page("graduation:detail", {"visitor": 302, "candidate": 200, "stranger": 404, **READS_THE_RECORD}, graduation),
    Page("graduation:edit", {"visitor": 302, "candidate": 409, "stranger": 404, "staff": 404}, graduation),
    Page(
        "graduation:step",
        {"visitor": 302, "candidate": 403, "stranger": 404, "O*": 403, "U* own": 403, "U7 own": 409, "U* other": 404, "L*": 404},
        graduation_return,
        method="post",
    ),
    Page("graduation:cohorts", {"visitor": 302, "candidates": 404, "staff": 403, "O6": 200, "U7": 200, "L*": 404}),
    Page("graduation:cohort", {"visitor": 302, "*": 404, "O*": 403, "O6": 200, "U* own": 403, "U7 own": 200}, cohort),
    Page("graduation:outcome", {"visitor": 302, "*": 404, "O*": 403, "O6": 200, "U* own": 403, "U7 own": 200}, outcome),
    Page("api-graduations-list", {"visitor": 403, "candidates": 200, **READS_A_LIST}),
    Page(
        "api-graduations-detail",
        {"visitor": 403, "candidate": 200, "stranger": 404, **READS_THE_RECORD, "U8": 403, "US": 403, "L*": 403},
        graduation,
    ),
    Page(
        "api-graduations-steps",
        {
            "visitor": 403,
            "candidate": 403,
            "stranger": 404,
            "O*": 403,
            "U* own": 403,
            "U7 own": 409,
            "U* other": 404,
            "U8": 403,
            "US": 403,
            "L*": 403,
        },
        graduation_return_by_machine,
        method="post",
    ),
]

SCORES = [
    Page("scores:batches", SCORE_DESK),
    Page("scores:upload", SCORE_DESK),
    Page("scores:batch", SCORE_FILE, batch),
    Page("scores:confirm", {**SCORE_FILE, "O3": 409}, batch, method="post"),
    Page("scores:undo", SCORE_FILE, batch),
    Page("scores:faults", SCORE_FILE, batch),
    Page("snapshots:list", SCORE_DESK),
    Page("snapshots:make", {**SCORE_DESK, "O3": 422}, method="post"),
    Page("snapshots:download", {**SCORE_FILE, "O3": 404}, snapshot),
    Page("keying:list", SCORE_DESK),
    Page("keying:new", SCORE_DESK),
    Page("keying:detail", SCORE_FILE, keyed_sheet),
    Page("keying:key", {**SCORE_FILE, "O3": 302}, keyed_sheet),
    Page("keying:begin", {**SCORE_FILE, "O3": 302}, keyed_sheet, method="post"),
    Page("keying:finish", {**SCORE_FILE, "O3": 409}, keyed_sheet, method="post"),
    Page("keying:give-up", {**SCORE_FILE, "O3": 302}, keyed_sheet, method="post"),
    Page("scores:publication", SCORE_FILE, publication),
    Page("scores:publication-step", {**SCORE_FILE, "O3": 409}, asked_for_publication, method="post"),
    Page("scores:statistics", {"visitor": 302, "candidates": 403, "staff": 403, "O3": 200, "O7": 200, "U8": 200}),
    Page(
        "scores:sitting",
        {"visitor": 302, "*": 404, "O*": 403, "O3": 200, "O7": 200, "U* own": 403, "U8 own": 200},
        sitting,
    ),
]

LOOKS_AT_SHELVES = {"visitor": 302, "candidates": 403, **READS_A_LIST}
LOOKS_INTO_A_FILE = {"visitor": 302, "candidates": 404, **READS_THE_RECORD}
KEEPS_FILES = {"visitor": 302, "*": 403, "U3": 200}
WORKS_ON_A_FILE = {"visitor": 302, "candidates": 404, "O*": 403, "U* own": 403, "U* other": 404, "L*": 404}

ARCHIVE = [
    Page("archive:list", LOOKS_AT_SHELVES),
    Page("archive:export", LOOKS_AT_SHELVES, as_workbook),
    Page("archive:missing", LOOKS_AT_SHELVES),
    Page("archive:owed", LOOKS_AT_SHELVES),
    Page("archive:detail", LOOKS_INTO_A_FILE, paper_file),
    Page("archive:label", LOOKS_INTO_A_FILE, paper_file),
    Page("archive:contents", LOOKS_INTO_A_FILE, paper_file),
    Page("archive:paper", LOOKS_INTO_A_FILE, change_note),
    Page("archive:note", LOOKS_INTO_A_FILE, change_note),
    Page("archive:move", {**WORKS_ON_A_FILE, "U3 own": 422}, paper_file, method="post"),
    Page("archive:add-paper", {**WORKS_ON_A_FILE, "U3 own": 422}, paper_file, method="post"),
    Page("archive:paper-step", {**WORKS_ON_A_FILE, "U3 own": 409}, paper_put_back, method="post"),
    Page("archive:open", {**WORKS_ON_A_FILE, "candidate": 403, "U3 own": 302}, person_with_a_file),
    Page("archive:open-many", KEEPS_FILES),
    Page("archive:move-many", KEEPS_FILES),
    Page("archive:box", {**LOOKS_AT_SHELVES, "U* other": 404, "U8": 403, "US": 403}, body={"place": "待上架"}),
    Page("archive:reports", LOOKS_AT_SHELVES),
    Page("archive:report-new", KEEPS_FILES),
    Page("archive:report", LOOKS_INTO_A_FILE, archive_report),
    Page("archive:report-print", LOOKS_INTO_A_FILE, archive_report),
    Page("archive:report-receive", {**WORKS_ON_A_FILE, "O2": 302}, archive_report, method="post"),
]

HEADS_ONLY = {"visitor": 302, "candidates": 403, "staff": 403, "OH": 200, "UH": 200, "LH": 200}
OF_THE_CITY = {"visitor": 302, "*": 404, "O*": 403, "OH": 200}
OF_A_MEMBER = {"visitor": 302, "*": 404, "O*": 403, "OH": 200, "U* own": 403, "UH own": 200}
FORM_OF_A_MEMBER = {**OF_A_MEMBER, "OH": 422, "UH own": 422}

PEOPLE = [
    Page("people:list", HEADS_ONLY),
    Page("people:add", HEADS_ONLY),
    Page("people:duties", {"visitor": 302, "candidates": 404, "staff": 200}),
    Page("people:offices", {**HEADS_ONLY, "UH": 404, "LH": 404}),
    Page("people:office", OF_THE_CITY, university_office),
    Page("people:head", {**OF_THE_CITY, "OH": 422}, university_office, method="post"),
    Page("people:add-head", {**OF_THE_CITY, "OH": 422}, university_office, method="post"),
    Page("people:person", OF_A_MEMBER, member),
    Page("people:give", FORM_OF_A_MEMBER, member, method="post"),
    Page("people:reset", FORM_OF_A_MEMBER, member, method="post"),
    Page("people:leave", FORM_OF_A_MEMBER, member, method="post"),
    Page("people:appointment", OF_A_MEMBER, appointment),
    Page("people:end", {**OF_A_MEMBER, "OH": 403, "UH own": 302}, appointment, method="post"),
    Page("people:take", {**OF_A_MEMBER, "OH": 403, "UH own": 302}, appointment, method="post"),
]

OF_AN_OFFICE = {"visitor": 302, "candidates": 404, "staff": 200}
OWN_REQUEST = {"visitor": 302, "*": 404, "US own": 200, "UH own": 200}
OWN_REQUEST_BY_MACHINE = {"visitor": 403, "candidates": 403, "staff": 404, "US own": 200, "UH own": 200}

ACCESS = [
    Page("access:list", OF_AN_OFFICE),
    Page("access:new", OF_AN_OFFICE),
    Page("access:fill", OF_AN_OFFICE, leave_by_number),
    Page("access:detail", OWN_REQUEST, leave),
    Page("access:edit", {**OWN_REQUEST, "US own": 409, "UH own": 404}, leave),
    Page("access:sheet", OWN_REQUEST, leave),
    Page("access:step", {**OWN_REQUEST, "US own": 403, "UH own": 409}, leave_refused, method="post"),
    Page("api-access-list", {"visitor": 403, "candidates": 403, "staff": 200}),
    Page("api-access-detail", OWN_REQUEST_BY_MACHINE, leave),
    Page("api-access-steps", {**OWN_REQUEST_BY_MACHINE, "US own": 403, "UH own": 409}, leave_refused_by_machine, method="post"),
]

READS_TRAIL = {"visitor": 302, "candidates": 403, "staff": 403, "OA": 200, "OH": 200, "UH": 200, "LH": 200}
ASKED_ABOUT_TRAIL = {**READS_TRAIL, "OA": 422, "OH": 422, "UH": 422, "LH": 422}
OWN_EXPORT = {**READS_TRAIL, "UH": 404, "LH": 404}
READS_REPORTS = {"visitor": 302, "candidates": 403, "staff": 403, "OA": 200, "OH": 200, "O1": 200}

TRAIL = [
    Page("trail:list", READS_TRAIL),
    Page("trail:list", READS_TRAIL, before=trail_purpose),
    Page("trail:purpose", READS_TRAIL),
    Page("trail:purpose", ASKED_ABOUT_TRAIL, method="post"),
    Page("trail:event", {**READS_TRAIL, "UH other": 404, "LH": 404}, trail_event),
    Page("trail:event", {**READS_TRAIL, "UH other": 404, "LH": 404}, trail_event, before=trail_purpose),
    Page("trail:export-new", READS_TRAIL),
    Page("trail:export", OWN_EXPORT, trail_export),
    Page("trail:download", OWN_EXPORT, trail_export),
    Page("trail:seals", READS_TRAIL),
    Page("trail:verify", {**READS_TRAIL, "OA": 302, "OH": 302, "UH": 403, "LH": 403}, method="post"),
    Page("trail:seal-check", ASKED_ABOUT_TRAIL, method="post"),
    Page("daily:list", READS_REPORTS),
    Page("daily:report", READS_REPORTS, daily_report),
    Page("daily:draw-up", {**READS_REPORTS, "OA": 404, "OH": 404, "O1": 404}, method="post"),
]

COUNTER = {"visitor": 302, "candidates": 403, "staff": 403}
LAYS_DOWN = {"visitor": 302, "candidates": 403, "staff": 403, "OH": 200, "O1": 200}

CORRECTIONS = [
    Page("corrections:list", {"visitor": 302, "candidates": 200, **READS_A_LIST}),
    Page("corrections:kinds", CANDIDATES_ONLY),
    Page("corrections:new", CANDIDATES_ONLY, correction_kind),
    Page("corrections:counter", {**COUNTER, "U3": 200}),
    Page("corrections:counter-kinds", {**COUNTER, "U3 own": 302, "U3 other": 404}, at_the_counter),
    Page("corrections:counter-new", {**COUNTER, "U3 own": 302, "U3 other": 404}, photo_at_the_counter),
    Page("corrections:kind-list", LAYS_DOWN),
    Page("corrections:kind-edit", LAYS_DOWN, correction_kind),
    Page("corrections:detail", {"visitor": 302, "candidate": 200, "stranger": 404, **READS_THE_RECORD}, correction),
    Page("corrections:print", {"visitor": 302, "candidate": 200, "stranger": 404, **READS_THE_RECORD}, correction),
    Page(
        "corrections:edit",
        {"visitor": 302, "candidate": 409, "staff": 404, "stranger": 404, **NO_RECORD_STAFF, "U8 own": 403, "US own": 403},
        correction,
    ),
    Page(
        "corrections:step",
        {"visitor": 302, "candidate": 403, "stranger": 404, "O*": 403, "U* own": 403, "U3 own": 409, "U* other": 404, "L*": 404},
        correction_return,
        method="post",
    ),
    Page("api-corrections-list", {"visitor": 403, "candidates": 200, **READS_A_LIST}),
    Page(
        "api-corrections-detail",
        {"visitor": 403, "candidate": 200, "stranger": 404, **READS_THE_RECORD, "U8": 403, "US": 403, "L*": 403},
        correction,
    ),
    Page(
        "api-corrections-steps",
        {
            "visitor": 403,
            "candidate": 403,
            "stranger": 404,
            "O*": 403,
            "U* own": 403,
            "U3 own": 409,
            "U* other": 404,
            "U8": 403,
            "US": 403,
            "L*": 403,
        },
        correction_return_by_machine,
        method="post",
    ),
    Page("contact", CANDIDATES_ONLY),
    Page("contact-phone", MOVES_ON),
    Page("contact-email", MOVES_ON),
    Page("contact-phone", CANDIDATES_ONLY, before=password_typed_again),
    Page("contact-email", CANDIDATES_ONLY, before=password_typed_again),
    Page("contact-code", {**CANDIDATES_ONLY, "candidates": 302}),
    Page("contact-code", CANDIDATES_ONLY, before=code_asked_for),
    Page("candidates:contact", {**COUNTER, "U3 own": 200, "U3 other": 404}, candidate),
    Page("candidates:slip", {**COUNTER, "U3 own": 200, "U3 other": 404}, candidate),
    Page("candidates:slip", {**COUNTER, "U3 own": 200, "U3 other": 404}, candidate, "post", {"shown": "card", "present": "on"}),
]

HEADS = {"visitor": 302, "candidates": 403, "staff": 403, "OH": 200, "UH": 200, "LH": 200}
HEAD_AT_HOME = {"visitor": 302, "*": 404, "U* own": 403, "UH own": 200}

READING = [
    Page("reading:list", HEADS),
    Page("reading:export", HEADS),
    Page("reading:detail", HEAD_AT_HOME, unusual_reading),
    Page("reading:review", {**HEAD_AT_HOME, "UH own": 422}, unusual_reading, method="post"),
]

PHOTOS = [
    Page("photos:own", CANDIDATES_ONLY),
    Page("photos:own-preview", {**CANDIDATES_ONLY, "candidates": 302}),
    Page("photos:own-preview", {**CANDIDATES_ONLY, "candidate": 200, "stranger": 302}, before=photo_measured),
    Page("photos:list", {**COUNTER, "U3": 200}),
    Page("photos:submission", {**COUNTER, "U3 own": 200, "U3 other": 404}, photo),
    Page("photos:accept", {**COUNTER, "U3 own": 302, "U3 other": 404}, photo, method="post"),
    Page("photos:refuse", {**COUNTER, "U3 own": 422, "U3 other": 404}, photo, method="post"),
    Page("photos:one", {**COUNTER, "U3 own": 200, "U3 other": 404}, candidate),
    Page("photos:preview", {**COUNTER, "U3 own": 302, "U3 other": 404}, candidate),
    Page("photos:batch-new", {**COUNTER, "U3": 200}),
    Page("photos:batch", {**COUNTER, "U3 own": 200, "U3 other": 404}, photo_batch),
    Page("tickets:own", CANDIDATES_ONLY),
    Page("tickets:one", {**COUNTER, "U3 own": 200, "U3 other": 404}, candidate),
    Page("tickets:batch-new", {**COUNTER, "U3": 200}),
    Page("tickets:batch", {**COUNTER, "U3 own": 200, "U3 other": 404}, ticket_batch),
    Page("tickets:batch-file", {**COUNTER, "U3 own": 200, "U3 other": 404}, ticket_batch),
    Page("rare-names:list", {**COUNTER, "U3": 200}),
    Page("rare-names:one", {**COUNTER, "U3 own": 200, "U3 other": 404}, rare_name),
]

HEADS_OF_KIOSKS = {"visitor": 302, "candidates": 403, "staff": 403, "OH": 200, "UH": 200, "LH": 200}
OWN_KIOSK = {"visitor": 302, "candidates": 403, "staff": 403, "UH own": 200, "UH other": 404, "LH": 404, "OH": 200}


def terminal(world: Any) -> dict[str, Any]:
    return {"pk": world.kiosk.pk}


KIOSKS = [
    Page("kiosk", EVERYBODY),
    Page("kiosk", EVERYBODY, before=at_the_terminal),
    Page("kiosk-answer", {"*": 405}, method="post"),
    Page("kiosk-answer", MOVES_ON),
    Page("kiosk-answer", EVERYBODY, before=asked_at_the_terminal),
    Page("kiosk-setup", EVERYBODY),
    Page("kiosks:list", HEADS_OF_KIOSKS),
    Page("kiosks:new", HEADS_OF_KIOSKS),
    Page("kiosks:detail", OWN_KIOSK, terminal),
    Page("kiosks:renew", {**OWN_KIOSK, "OH": 403}, terminal, method="post"),
    Page("kiosks:close", {**OWN_KIOSK, "OH": 302, "UH own": 302}, terminal, method="post"),
]

AT_THE_COUNTER = {"visitor": 302, "candidates": 403, "staff": 403, "U3": 200, "L6": 200}

COUNTER_LOOKUP = [
    Page("counter:lookup", AT_THE_COUNTER),
    Page("counter:lookup", {**AT_THE_COUNTER, "U3": 422, "L6": 422}, method="post"),
    Page("counter:print", {**AT_THE_COUNTER, "U3": 405, "L6": 405}),
    Page("counter:print", {**AT_THE_COUNTER, "U3": 302, "L6": 302}, method="post"),
    Page("counter:today", {**AT_THE_COUNTER, "OH": 200, "UH": 200, "LH": 200}),
]

SEES_BATCHES = {"visitor": 302, "candidates": 403, "staff": 403, "O*": 200, "O7": 403, "OA": 403, "OS": 403, "U3": 200}
A_BATCH = {"visitor": 302, "*": 404, "O*": 200, "O7": 403, "OA": 403, "OS": 403, "U* own": 403, "U3 own": 200}
WORKS_ON_A_BATCH = {"visitor": 302, "*": 404, "O*": 403, "U* own": 403}
REGISTERS = {"visitor": 302, "candidates": 403, "staff": 403, "U3": 200}


def candidate_batch(world: Any) -> dict[str, Any]:
    return {"pk": world.candidate_batch.pk}


def pair(world: Any) -> dict[str, Any]:
    return {"pk": world.pair.pk}


REGISTRATION_BATCHES = [
    Page("registration:batches", SEES_BATCHES),
    Page("registration:upload", REGISTERS),
    Page("registration:upload", {**REGISTERS, "U3": 422}, method="post"),
    Page("registration:batch", A_BATCH, candidate_batch),
    Page("registration:confirm", {**WORKS_ON_A_BATCH, "U3 own": 409}, candidate_batch, method="post"),
    Page("registration:discard", {**WORKS_ON_A_BATCH, "U3 own": 409}, candidate_batch, method="post"),
    Page("registration:undo", {**WORKS_ON_A_BATCH, "U3 own": 200}, candidate_batch),
    Page("registration:undo", {**WORKS_ON_A_BATCH, "U3 own": 422}, candidate_batch, method="post"),
    Page("registration:faults", {**WORKS_ON_A_BATCH, "U3 own": 404}, candidate_batch),
    Page("registration:duplicates", SEES_BATCHES),
    Page("registration:duplicate", A_BATCH, pair),
    Page("registration:duplicate", {**WORKS_ON_A_BATCH, "U3 own": 422}, pair, method="post"),
]


def restricted_major(_browser: Any, world: Any) -> None:
    world.graduation.plan.entry_restriction = "须为在职护士"
    world.graduation.plan.save()


def registration(world: Any) -> dict[str, Any]:
    return {"pk": world.candidate.registrations.get().pk}


def merger(world: Any) -> dict[str, Any]:
    return {"pk": world.merger.pk}


def merger_return(world: Any) -> dict[str, Any]:
    return {"pk": world.merger.pk, "name": "return"}


def merger_return_by_machine(world: Any) -> dict[str, Any]:
    return {"pk": world.merger.pk, "step": "return"}


AT_THE_DESK = {**COUNTER, "U3 own": 200, "U3 other": 404}

REGISTRATION = [
    Page("registration:new", REGISTERS),
    Page("registration:new", {**REGISTERS, "U3": 422}, method="post"),
    Page("registration:done", AT_THE_DESK, candidate),
    Page("registration:second", AT_THE_DESK, candidate),
    Page("registration:second", {**AT_THE_DESK, "U3 own": 422}, candidate, method="post"),
    Page("registration:condition", AT_THE_DESK, registration, before=restricted_major),
    Page("registration:condition", {**AT_THE_DESK, "U3 own": 422}, registration, method="post", before=restricted_major),
]

DECIDES_MERGERS = {"O*": 403, "OV": 409, "U* own": 403, "U* other": 404}

MERGING = [
    Page("merging:list", {"visitor": 302, "candidates": 403, **READS_A_LIST}),
    Page("merging:new", REGISTERS),
    Page("merging:new", {**REGISTERS, "U3": 422}, method="post"),
    Page("merging:from-duplicate", {**REGISTERS, "U3 own": 302, "U3 other": 404}, pair, method="post"),
    Page("merging:detail", {"visitor": 302, "candidates": 404, **READS_THE_RECORD}, merger),
    Page(
        "merging:edit",
        {"visitor": 302, "*": 404, "O*": 409, **NO_RECORD_STAFF, "U* own": 409, "U8 own": 403, "US own": 403},
        merger,
    ),
    Page("merging:step", {"visitor": 302, "*": 404, **DECIDES_MERGERS}, merger_return, method="post"),
    Page("api-mergers-list", {"visitor": 403, "candidates": 200, **READS_A_LIST}),
    Page(
        "api-mergers-detail",
        {"visitor": 403, "candidates": 404, **READS_THE_RECORD, "U8": 403, "US": 403, "L*": 403},
        merger,
    ),
    Page(
        "api-mergers-steps",
        {"visitor": 403, "candidates": 404, **DECIDES_MERGERS, "U8": 403, "US": 403, "L*": 403},
        merger_return_by_machine,
        method="post",
    ),
]


def review(world: Any) -> dict[str, Any]:
    return {"pk": world.review.pk}


def review_return(world: Any) -> dict[str, Any]:
    return {"pk": world.review.pk, "name": "return"}


def review_return_by_machine(world: Any) -> dict[str, Any]:
    return {"pk": world.review.pk, "step": "return"}


def decided_review(world: Any) -> dict[str, Any]:
    return {"pk": world.decided_review.pk}


def own_mark(world: Any) -> dict[str, Any]:
    return {"mark": world.open_mark.pk}


def whose_marks(world: Any) -> dict[str, Any]:
    return {"candidate": world.candidate.pk}


def whose_mark(world: Any) -> dict[str, Any]:
    return {"candidate": world.candidate.pk, "mark": world.open_mark.pk}


def first_step(world: Any) -> dict[str, Any]:
    return {"step": "find"}


def review_batch(world: Any) -> dict[str, Any]:
    return {"pk": world.review_batch.pk}


def holiday(world: Any) -> dict[str, Any]:
    """A holiday to come, laid down again where somebody has taken it back."""
    found, _created = DayException.objects.get_or_create(day=dt.date(2030, 1, 1), defaults={"is_working": False, "name": "元旦"})
    return {"pk": found.pk}


CHECKS_REVIEWS = {"visitor": 302, "candidates": 403, "staff": 403, "U3 own": 200, "U3 other": 404}
DECIDES_REVIEWS = {"visitor": 302, "candidates": 403, "staff": 403, "O3": 200}
ASKS_FOR_RETURN = {"candidate": 403, "stranger": 404, "O*": 403, "U* own": 403, "U3 own": 409, "U* other": 404, "L*": 404}
DAYS = {"visitor": 302, "candidates": 403, "staff": 403}

REVIEWS = [
    Page("reviews:list", {"visitor": 302, "candidates": 200, **READS_A_LIST}),
    Page("reviews:export", {"visitor": 302, "candidates": 403, **READS_A_LIST}),
    Page("reviews:choose", CANDIDATES_ONLY),
    Page("reviews:new", {"visitor": 302, "candidate": 200, "stranger": 404, "staff": 404}, own_mark),
    Page("reviews:counter", CHECKS_REVIEWS, whose_marks),
    Page("reviews:counter-new", CHECKS_REVIEWS, whose_mark),
    Page("reviews:office", DECIDES_REVIEWS, whose_marks),
    Page("reviews:office-new", DECIDES_REVIEWS, whose_mark),
    Page("reviews:detail", {"visitor": 302, "candidate": 200, "stranger": 404, **READS_THE_RECORD}, review),
    Page("reviews:edit", {"visitor": 302, "candidate": 409, "stranger": 404, "staff": 404}, review),
    Page("reviews:letter", {"visitor": 302, "candidate": 200, "stranger": 404, **READS_THE_RECORD}, decided_review),
    Page("reviews:step", {"visitor": 302, **ASKS_FOR_RETURN}, review_return, method="post"),
    Page("reviews:batch", DECIDES_REVIEWS, first_step),
    Page("reviews:batch-result", DECIDES_REVIEWS, review_batch),
    Page("api-reviews-list", {"visitor": 403, "candidates": 200, **READS_A_LIST}),
    Page(
        "api-reviews-detail",
        {"visitor": 403, "candidate": 200, "stranger": 404, **READS_THE_RECORD, "U8": 403, "US": 403, "L*": 403},
        review,
    ),
    Page(
        "api-reviews-steps",
        {"visitor": 403, **ASKS_FOR_RETURN, "U8": 403, "US": 403, "L*": 403},
        review_return_by_machine,
        method="post",
    ),
    Page("working-days:list", {**DAYS, "O1": 200, "OH": 200}),
    Page("working-days:remove", {**DAYS, "O1": 302, "OH": 302}, holiday, method="post"),
]


def registration(world: Any) -> dict[str, Any]:
    return {"pk": world.sitting_registration.pk}


def registration_file(world: Any) -> dict[str, Any]:
    return {"pk": world.registration_file.pk}


def sitting_to_come(world: Any) -> dict[str, Any]:
    return {"name": world.coming_sitting.name}


SEES_A_SITTING = {"visitor": 302, "candidate": 403, "stranger": 404, **READS_THE_RECORD}

SITTINGS = [
    Page("sittings:list", {"visitor": 302, "candidates": 403, **READS_A_LIST}),
    Page("sittings:detail", SEES_A_SITTING, sitting_to_come),
    Page("sittings:registered", SEES_A_SITTING, sitting_to_come),
    Page("sittings:registered-export", SEES_A_SITTING, sitting_to_come),
    Page("sittings:missing", SCORE_FILE, sitting_to_come),
    Page("sittings:missing-export", SCORE_FILE, sitting_to_come),
    Page("sittings:register", SCORE_FILE, sitting_to_come),
    Page("sittings:times", SCORE_FILE, sitting_to_come),
    Page("sittings:cancel", SCORE_FILE, registration),
    Page("sittings:batches", SCORE_DESK),
    Page("sittings:upload", SCORE_DESK),
    Page("sittings:batch", SCORE_FILE, registration_file),
    Page("sittings:confirm", {**SCORE_FILE, "O3": 409}, registration_file, method="post"),
    Page("sittings:undo", SCORE_FILE, registration_file),
    Page("sittings:faults", SCORE_FILE, registration_file),
    Page("sittings:own", CANDIDATES_ONLY),
    Page("sittings:slip", {**OTHERS_404, "candidate": 200}, sitting_to_come),
]

CERTIFICATE_DESK = {"visitor": 302, "candidates": 403, "staff": 403, "U3": 200, "UH": 200, "OH": 200}
ONE_CERTIFICATE = {"visitor": 302, "candidates": 404, "O*": 403, "U* own": 403, "U* other": 404, "L*": 404}
SEES_A_CERTIFICATE = {**ONE_CERTIFICATE, "OH": 200, "U3 own": 200, "UH own": 200}
ISSUES = {**ONE_CERTIFICATE, "candidate": 403, "U3 own": 200}


def certificate(world: Any) -> dict[str, Any]:
    return {"pk": world.certificate.pk}


def certificate_number(world: Any) -> dict[str, Any]:
    return {"number": world.certificate.number}


def transcript_kind(_world: Any) -> dict[str, Any]:
    return {"kind": "transcript"}


def transcript_of_candidate(world: Any) -> dict[str, Any]:
    return {"candidate": world.candidate.pk, "kind": "transcript"}


def certificate_batch(world: Any) -> dict[str, Any]:
    return {"pk": world.certificate_batch.pk}


CERTIFICATES = [
    Page("verify", EVERYBODY),
    Page("verify-file", EVERYBODY),
    Page("own-certificates", CANDIDATES_ONLY),
    Page("own-certificate-new", CANDIDATES_ONLY, transcript_kind),
    Page("own-certificate-file", {**OTHERS_404, "candidate": 200}, certificate_number),
    Page("certificates:list", CERTIFICATE_DESK),
    Page("certificates:detail", SEES_A_CERTIFICATE, certificate),
    Page("certificates:file", SEES_A_CERTIFICATE, certificate, method="post"),
    Page("certificates:revoke", {**ONE_CERTIFICATE, "OH": 422, "UH own": 422}, certificate, method="post"),
    Page("certificates:issue", ISSUES, at_the_counter),
    Page("certificates:issue-kind", ISSUES, transcript_of_candidate),
    Page("certificates:batch-new", {"visitor": 302, "*": 403, "U3": 200}),
    Page("certificates:batch", {**OTHERS_404, "U* own": 403, "U3 own": 200}, certificate_batch),
    Page("certificates:archive", {**OTHERS_404, "U* own": 403, "U3 own": 200}, certificate_batch, method="post"),
]

AT_THE_COUNTER = {"visitor": 302, "candidates": 403, "staff": 403, "U3": 200, "L6": 200}

COUNTER_LOOKUP = [
    Page("counter:lookup", AT_THE_COUNTER),
    Page("counter:lookup", {**AT_THE_COUNTER, "U3": 422, "L6": 422}, method="post"),
    Page("counter:print", {**AT_THE_COUNTER, "U3": 405, "L6": 405}),
    Page("counter:print", {**AT_THE_COUNTER, "U3": 302, "L6": 302}, method="post"),
    Page("counter:today", {**AT_THE_COUNTER, "OH": 200, "UH": 200, "LH": 200}),
]


def message_batch(world: Any) -> dict[str, Any]:
    return {"pk": world.message_batch.pk}


def failed_message(world: Any) -> dict[str, Any]:
    return {"pk": world.failed_message.pk}


def inbox_message(world: Any) -> dict[str, Any]:
    return {"pk": world.inbox_message.pk}


WRITES_TO_MANY = {"visitor": 302, "*": 403, "O2": 200, "OH": 200, "U3": 200, "UH": 200}
SEES_A_BATCH = {**WRITES_TO_MANY, "U3 other": 404, "UH other": 404}

MESSAGES = [
    Page("sms-inbound", {"*": 405}),
    Page("sms-inbound", {"*": 403}, method="post"),  # not signed by the gateway
    Page("inbox", CANDIDATES_ONLY),
    Page("inbox-message", {**OTHERS_404, "candidate": 200}, inbox_message),
    Page("inbox-read", {"visitor": 302, "candidates": 405, "staff": 405}),
    Page("inbox-read", {"visitor": 302, "candidates": 302, "staff": 404}, method="post"),
    Page("messages:list", WRITES_TO_MANY),
    Page("messages:log", WRITES_TO_MANY),
    Page("messages:incoming", WRITES_TO_MANY),
    Page("messages:new", {"visitor": 302, "*": 403, "O2": 200, "U3": 200}),
    Page("messages:detail", SEES_A_BATCH, message_batch),
    Page("messages:release", {"visitor": 302, "*": 403, "UH own": 409, "UH other": 404}, message_batch, method="post"),
    Page(
        "messages:cancel",
        {"visitor": 302, "*": 403, "UH own": 302, "U3 other": 404, "UH other": 404},
        message_batch,
        method="post",
    ),
    Page("messages:again", {**SEES_A_BATCH, "O2": 302, "OH": 302, "U3 own": 302, "UH own": 302}, failed_message, method="post"),
]

PARTS = {
    "messages": MESSAGES,
    "counter-lookup": COUNTER_LOOKUP,
    "certificates": CERTIFICATES,
    "registration": REGISTRATION,
    "merging": MERGING,
    "reviews": REVIEWS,
    "sittings": SITTINGS,
    "registration-batches": REGISTRATION_BATCHES,
    "kiosks": KIOSKS,
    "photos": PHOTOS,
    "reading": READING,
    "corrections": CORRECTIONS,
    "trail": TRAIL,
    "access": ACCESS,
    "open": OPEN,
    "stages": STAGES,
    "account": ACCOUNT,
    "space": SPACE,
    "staff": STAFF,
    "exemptions": EXEMPTIONS,
    "graduation": GRADUATION,
    "scores": SCORES,
    "archive": ARCHIVE,
    "people": PEOPLE,
}
PAGES = [page for part in PARTS.values() for page in part]
