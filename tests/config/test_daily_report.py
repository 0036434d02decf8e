"""The daily report: its figures, that it is drawn up once, and that the seal printed on it exposes a rewritten trail."""

from __future__ import annotations

import datetime as dt
import json
import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from audit.acting import acting
from audit.models import DailyReport, Event, Seal
from audit.trail import record_read, record_refusal
from config import daily
from config.daily import NotReportable, draw_up, draw_up_missing, figures_of
from exemptions.workflow import EXEMPTION
from records.models import ImportFile, Job, UnusualReading
from records.people.sign_in_trail import REFUSED, note_refusal
from tests.audit.sealing import execute, happen, nothing_happened, past_the_triggers, seal
from tests.factories import CandidateFactory, ExemptionFactory, MunicipalityFactory, PublicationFactory, UserFactory

YESTERDAY, DAY = timezone.localdate() - dt.timedelta(days=1), timezone.localdate()


def answer_of(*arguments):
    out = StringIO()
    call_command("daily_report", *arguments, stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture(autouse=True)
def trail_of_ten_days(db):
    """The trail begins ten days ago."""
    nothing_happened()
    execute("SET LOCAL session_replication_role = DEFAULT")  # inside a test's transaction it would stay
    happen(1, at=timezone.now() - dt.timedelta(days=10), verb="begin")


@pytest.fixture
def head(db):
    return UserFactory(office=MunicipalityFactory(), roles=["OH"])


# ---- figures


def test_cases_are_counted_as_received_and_decided_by_outcome(clerk, second_clerk, candidate):
    for number in range(2):
        case = ExemptionFactory(candidate=candidate, status="draft" if number else "university")
        if number:
            Event.objects.create(
                kind="step",
                verb="submit",
                subject_table=case._meta.db_table,
                subject_id=case.pk,
                before="draft",
                after="university",
            )
        else:
            EXEMPTION.take("return", case, by=clerk, note="缺成绩单")
    Event.objects.create(
        kind="step", verb="refuse", subject_table=case._meta.db_table, subject_id=case.pk, before="municipality", after="refused"
    )

    assert figures_of(DAY)["cases"]["exemptions"] == {"received": 1, "decided": {"refused": 1}}
    assert figures_of(DAY)["cases"]["graduation"] == {"received": 0, "decided": {}}


def test_a_refused_attempt_decides_nothing(clerk, candidate):
    case = ExemptionFactory(candidate=candidate, status="municipality")
    facts = {"subject_table": case._meta.db_table, "subject_id": case.pk, "before": "municipality", "after": "refused"}
    Event.objects.create(kind="step", verb="refuse", outcome="denied", **facts)

    assert figures_of(DAY)["cases"]["exemptions"]["decided"] == {}


def test_reads_by_staff_are_counted_by_the_class_of_their_purpose(clerk, candidate, candidate_user):
    purposes = ["免2026-00017", "考生来访或来电：补材料", "核对考籍材料", "个别说明", "个别说明"]
    with acting(clerk):
        for purpose in purposes:
            record_read("record", candidate, candidate_id=candidate.pk, purpose=purpose)
        record_read("list", type(candidate), purpose="办理考籍更改")
    with acting(clerk, leave_id=4):
        record_read("record", candidate, candidate_id=candidate.pk, purpose="核对考籍材料")
    with acting(candidate_user):
        record_read("record", candidate, candidate_id=candidate.pk, purpose="本人查看")

    assert figures_of(DAY)["reads"] == {"case": 1, "visit": 1, "check": 1, "other": 2, "gathered": 1, "leave": 1}


def test_what_needs_attention_is_counted(clerk, candidate):
    with acting(clerk):
        record_refusal("refused", path="/trail/")
    note_refusal(REFUSED, clerk)
    UnusualReading.objects.create(office_id=clerk.office_id, person=clerk, day=DAY, pattern="volume")
    Job.objects.create(kind="example", title="示例", state="failed", finished_at=timezone.now())
    Job.objects.create(kind="example", title="示例", state="done", finished_at=timezone.now())

    figures = figures_of(DAY)

    assert [figures[name] for name in ("denied", "sign_ins_refused", "unusual", "jobs_failed")] == [1, 1, 1, 1]


def test_files_and_publications_are_counted(db):
    for accepted in (True, False, False, None):
        ImportFile.objects.create(kind="marks", name="a.csv", sha256="0" * 64, size=1, accepted=accepted)
    PublicationFactory(published_at=timezone.now())
    PublicationFactory(published_at=timezone.now() - dt.timedelta(days=2), sequence=2)
    PublicationFactory(sequence=3)

    figures = figures_of(DAY)

    assert figures["imports"] == {"marks": {"taken": 1, "refused": 2}}
    assert figures["publications"] == 1


def test_another_days_events_are_not_counted(clerk, candidate):
    with acting(clerk):
        record_read("record", candidate, candidate_id=candidate.pk, purpose="核对考籍材料")

    assert figures_of(YESTERDAY)["reads"] == {}


# ---- drawing up


def test_a_report_is_drawn_up_once_and_stays_as_it_is(db):
    first = draw_up(YESTERDAY)
    midday = timezone.make_aware(dt.datetime.combine(YESTERDAY, dt.time(12)))
    Event.objects.create(kind="read", verb="record", subject_table="records_candidate", note="核对考籍材料", at=midday)

    assert draw_up(YESTERDAY) == first
    assert figures_of(YESTERDAY)["reads"] == {"check": 1}
    assert DailyReport.objects.get(day=YESTERDAY).figures["reads"] == {}


@pytest.mark.parametrize("days", [0, 1, -11])
def test_a_day_that_is_not_over_or_lies_before_the_trail_has_no_report(db, days):
    with pytest.raises(NotReportable):
        draw_up(DAY + dt.timedelta(days=days))
    assert not DailyReport.objects.exists()


def test_nobody_alters_or_removes_a_report(db):
    report = draw_up(YESTERDAY)

    with pytest.raises(DatabaseError), transaction.atomic():
        DailyReport.objects.filter(pk=report.pk).update(seal_number=7)
    with pytest.raises(DatabaseError), transaction.atomic():
        report.delete()


def test_the_morning_makes_up_for_days_that_were_missed(db):
    draw_up(YESTERDAY - dt.timedelta(days=3))

    drawn_up = [report.day for report in draw_up_missing()]

    assert drawn_up == [YESTERDAY - dt.timedelta(days=days) for days in (9, 8, 7, 6, 5, 4, 2, 1, 0)]
    assert draw_up_missing() == []


def test_on_the_first_day_there_is_nothing_to_report(db):
    nothing_happened()

    assert draw_up_missing() == []


def test_two_who_draw_up_at_the_same_moment_get_the_same_report(db, monkeypatch):
    standing = draw_up(YESTERDAY)

    assert daily._drawn_up(YESTERDAY) == standing


def test_the_command_answers_with_the_report(db):
    report = draw_up(YESTERDAY)

    wanted = {
        "day": YESTERDAY.isoformat(),
        "figures": report.figures,
        "seal": report.seal_number,
        "hash": report.seal_hash or None,
    }
    assert answer_of() == wanted
    assert answer_of("--day", YESTERDAY.isoformat()) == wanted


@pytest.mark.parametrize("day", [DAY.isoformat(), "0001-01-01", "2026-13-40", "gestern"])
def test_the_command_refuses_a_day_that_cannot_be_reported(db, capsys, day):
    with pytest.raises(SystemExit) as end:
        call_command("daily_report", "--day", day)

    assert end.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


# ---- the seal on paper


@pytest.fixture
def sealed_trail(transactional_db):
    """Six events and that of the beginning under three seals."""
    happen(6)
    seal(at_most=3)


def printed_on(client, report):
    """What a person copies from the printed sheet: number and hash."""
    client.force_login(UserFactory(office=MunicipalityFactory(), roles=["OA"]))
    page = client.get(reverse("daily:report", args=[report.day])).content.decode()
    number = re.search(r"留痕封存第(\d+)号", page)[1]
    shown = re.search(r'<p class="hash mb-1">(.*?)</p>', page, re.DOTALL)[1]
    return f"{number}:{strip_tags(shown).strip()}"


def verify(against):
    """What ``verify_trail --against`` answers, and its exit code."""
    out, code = StringIO(), 0
    try:
        call_command("verify_trail", "--against", against, stdout=out)
    except SystemExit as end:
        code = end.code
    return json.loads(out.getvalue()), code


def test_the_report_carries_the_newest_seal(sealed_trail):
    report = draw_up(YESTERDAY)

    newest = Seal.objects.order_by("-number").first()
    assert (report.seal_number, report.seal_hash) == (newest.number, bytes(newest.hash).hex())


def test_the_printed_seal_is_found_in_the_chain(sealed_trail, client):
    printed = printed_on(client, draw_up(YESTERDAY))

    answer, code = verify(printed)
    assert (answer["intact"], code) == (True, 0)


def test_a_chain_rewritten_after_printing_is_found(sealed_trail, client):
    printed = printed_on(client, draw_up(YESTERDAY))

    with past_the_triggers():
        execute("UPDATE audit_event SET note = '另一说法' WHERE id = (SELECT min(id) FROM audit_event)")
        execute("TRUNCATE audit_seal")
    seal(at_most=3)
    while not Seal.objects.filter(number=printed.split(":")[0]).exists():
        happen(1)
        seal()

    new_first = bytes(Seal.objects.get(number=1).hash).hex()
    assert verify(f"1:{new_first}")[0]["intact"]  # in itself the new chain is sound
    answer, code = verify(printed)
    assert (answer["intact"], answer["first_fault"]["fault"], code) == (False, "rewritten", 1)


# ---- the pages


def test_the_sheet_carries_a_qr_code_without_style_attributes(sealed_trail, client, head):
    report = draw_up(YESTERDAY)
    client.force_login(head)

    page = client.get(reverse("daily:report", args=[report.day])).content.decode()

    assert 'class="qr"' in page
    assert "style=" not in page
    assert f"本日报印有留痕封存第{report.seal_number}号，请装订保存。" in page


@pytest.mark.parametrize(("role", "status"), [("OH", 200), ("OA", 200), ("O1", 200), ("O3", 403), ("OV", 403)])
def test_the_reports_are_for_the_head_the_auditor_and_the_rules_desk(client, db, role, status):
    client.force_login(UserFactory(office=MunicipalityFactory(), roles=[role]))

    assert client.get(reverse("daily:list")).status_code == status


def test_a_universitys_head_has_no_part_in_the_citys_report(client, university):
    client.force_login(UserFactory(office=university, roles=["UH"]))

    assert client.get(reverse("daily:list")).status_code == 403


def test_a_missing_day_is_offered_and_drawn_up(client, head):
    for day in range(2, 11):
        draw_up(DAY - dt.timedelta(days=day))
    client.force_login(head)

    page = client.get(reverse("daily:list"), {"month": f"{YESTERDAY:%Y-%m}"})
    answer = client.post(reverse("daily:draw-up"), {"day": YESTERDAY})

    assert page.context["missing"] == [YESTERDAY]
    assert answer["Location"] == reverse("daily:report", args=[YESTERDAY])
    assert DailyReport.objects.filter(day=YESTERDAY).exists()


@pytest.mark.parametrize("day", ["2019-01-01", DAY.isoformat(), "2026-99-99", ""])
def test_a_day_that_the_list_does_not_offer_is_not_drawn_up(client, head, day):
    client.force_login(head)

    assert client.post(reverse("daily:draw-up"), {"day": day}).status_code == 404
    assert not DailyReport.objects.exists()


@pytest.mark.parametrize("month", ["", "2026-13", "x", "1-1", "9999-12"])
def test_a_month_that_is_none_is_no_fault(client, head, month):
    client.force_login(head)

    assert client.get(reverse("daily:list"), {"month": month}).status_code == 200


def test_a_day_in_an_address_that_is_none_is_missing(client, head):
    client.force_login(head)

    assert client.get("/daily/2026-02-31/").status_code == 404


def test_the_figures_stand_in_words(client, head, clerk):
    candidate = CandidateFactory()
    midday = timezone.make_aware(dt.datetime.combine(YESTERDAY, dt.time(12)))
    facts = {"subject_table": "records_candidate", "subject_id": candidate.pk, "at": midday}
    Event.objects.create(kind="read", verb="record", note="核对考籍材料", **facts)
    Event.objects.create(
        kind="step",
        verb="grant",
        subject_table="exemptions_exemptionapplication",
        before="municipality",
        after="granted",
        at=midday,
    )
    client.force_login(head)

    page = client.get(reverse("daily:report", args=[draw_up(YESTERDAY).day])).content.decode()

    assert '<td>免考：已批准</td><td class="n">1</td>' in page
    assert '<td>核对考籍材料</td><td class="n">1</td>' in page
