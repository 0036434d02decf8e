"""Verification without an account (L7): four answers, masked, limited, alike for hit and miss."""

from __future__ import annotations

import re

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from records.certificates.issuing import address_of, issue
from records.certificates.models import Certificate
from records.certificates.revoking import revoke
from records.certificates.verifying import Finding, by_code, by_file, by_name
from records.lookups import counting, limits
from records.models import LookupCount
from tests.factories import CandidateFactory
from tests.proofs import PDF
from tests.records.certifying import passed, taken_back, transcript
from tests.records.proving import proof_of

VERIFY, VERIFY_FILE = reverse("verify"), reverse("verify-file")
CHANGING = re.compile(r'nonce="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"')


@pytest.fixture
def made(candidate) -> Certificate:
    passed(candidate, "00037", "74")
    return transcript(candidate)


def asked(client, name: str, number: str):
    return client.post(VERIFY, {"name": name, "number": number, **proof_of(client, VERIFY)})


def uploaded(client, content: bytes, name: str = "证明.pdf"):
    file = SimpleUploadedFile(name, content, content_type="application/pdf")
    return client.post(VERIFY_FILE, {"file": file, **proof_of(client, VERIFY_FILE)})


def word_of(response) -> str:
    """The answer as the page shows it."""
    return re.findall(
        r"现行|已被替换|已撤销|查无此证", text_of(response).partition("再查一份")[0].partition("以此刻的考籍为准")[2]
    )[0]


def text_of(response) -> str:
    return re.sub(r"<[^>]*>", "", response.content.decode())


@pytest.mark.parametrize("way", ["number", "code"])
def test_name_and_number_or_code_find_it(client, made, way):
    response = asked(client, made.facts["name"], getattr(made, way))

    assert response.status_code == 200
    assert word_of(response) == "现行"
    assert "课程00037" in text_of(response)
    assert "74" in text_of(response)


def test_what_the_qr_code_holds_leads_to_the_answer(client, made):
    address = address_of(made)

    response = client.get(address[address.index("/verify/") :])

    assert word_of(response) == "现行"
    assert made.number in text_of(response)


def test_the_file_itself_is_recognised(client, made):
    assert word_of(uploaded(client, made.path.read_bytes())) == "现行"


def test_name_and_identity_are_shown_in_part_only(client, made, candidate):
    page = asked(client, candidate.name, made.number).content.decode()

    assert candidate.name not in page
    assert f"{candidate.name[0]}{'*' * (len(candidate.name) - 1)}" in page
    assert candidate.identity_mask not in page
    assert candidate.identity_mask[-4:] in page
    for secret in (candidate.ticket_number, candidate.registration_number, candidate.record_number, "1998年3月14日"):
        assert secret not in page


def test_a_replaced_one_says_so_and_why(client, made, candidate):
    passed(candidate, "03708")
    transcript(candidate)

    response = asked(client, candidate.name, made.number)

    assert word_of(response) == "已被替换"
    assert "新增合格课程" in text_of(response)


def test_a_revoked_one_says_so_for_good_and_names_no_reason(client, made, candidate, head):
    revoke(made, "盖章有误", by=head)
    passed(candidate, "03708")
    transcript(candidate)

    for response in (asked(client, candidate.name, made.number), uploaded(client, made.path.read_bytes())):
        assert word_of(response) == "已撤销"
        assert "盖章有误" not in text_of(response)


def test_a_certificate_of_a_course_taken_back_is_not_in_force(made, candidate):
    taken_back(passed(candidate, "00009"))
    single = issue(candidate, "pass", office=candidate.managing_university, by=None, choice={"courses": ["00037"]})
    taken_back_entry = passed(candidate, "00037", "90")

    assert by_name(candidate.name, single.number).finding is Finding.SUPERSEDED
    taken_back(taken_back_entry)
    assert by_name(candidate.name, single.number).finding is Finding.IN_FORCE


def test_what_was_never_issued_is_unknown(client, made):
    assert word_of(asked(client, made.facts["name"], "2026000000000")) == "查无此证"
    assert word_of(uploaded(client, PDF)) == "查无此证"
    assert by_code(made.number, "AAAABBBBCCCC").finding is Finding.UNKNOWN
    assert by_code("2026000000000", made.code).finding is Finding.UNKNOWN


def test_a_wrong_name_with_a_right_number_answers_like_an_unknown_number(client, made):
    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False):
        wrong_name = asked(client, "王某某", made.number)
        unknown = asked(client, "王某某", "2026000000000")

    assert wrong_name.status_code == unknown.status_code == 200
    assert CHANGING.sub("", wrong_name.content.decode()) == CHANGING.sub("", unknown.content.decode())


def test_both_cost_the_same_statements(client, made):
    def cost(name: str, number: str) -> int:
        ready = proof_of(client, VERIFY)
        with CaptureQueriesContext(connection) as statements:
            client.post(VERIFY, {"name": name, "number": number, **ready})
        return len(statements)

    assert cost("王某某", made.number) == cost("王某某", "2026000000000") == 1


def test_hit_and_miss_have_one_address_status_and_heading(client, made):
    hit, miss = asked(client, made.facts["name"], made.number), asked(client, "王某某", made.number)

    assert hit.status_code == miss.status_code == 200
    assert hit.request["PATH_INFO"] == miss.request["PATH_INFO"]
    assert "<h1" in hit.content.decode()
    assert re.findall(r"<h1[^>]*>(.*?)</h1>", hit.content.decode()) == re.findall(r"<h1[^>]*>(.*?)</h1>", miss.content.decode())
    assert "no-store" in hit["Cache-Control"]
    assert "no-store" in miss["Cache-Control"]


@pytest.mark.parametrize("place", [0.2, 0.5, 0.9])
def test_a_changed_copy_is_told_from_a_stranger(client, made, place):
    content = bytearray(made.path.read_bytes())
    content[int(len(content) * place)] ^= 1

    response = uploaded(client, bytes(content))

    assert word_of(response) == "查无此证"
    assert "内容已经改动" in text_of(response)
    assert "内容已经改动" not in text_of(uploaded(client, PDF))
    assert made.number not in text_of(response)


def test_a_file_with_a_number_and_a_made_up_code_tells_nobody_that_the_number_exists(made):
    forged = PDF + f"\n% kaoji:{made.number}:AAAABBBBCCCC".encode()

    assert by_file(forged) == by_file(PDF)


def test_a_file_behind_which_something_was_written_is_not_genuine(client, made):
    response = uploaded(client, made.path.read_bytes() + b"\n% and more")

    assert word_of(response) == "查无此证"


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"\x89PNG\r\n\x1a\nxx", "只比对PDF文件"), (b"%PDF-" + b"x" * 5_000_001, "超过5MB"), (b"", "空")],
    ids=["picture", "too large", "empty"],
)
def test_other_files_are_refused_in_words(client, made, content, words):
    response = uploaded(client, content)

    assert response.status_code == 200
    assert words in text_of(response)
    assert not LookupCount.objects.exists()


def test_verifications_are_counted(client, made):
    asked(client, made.facts["name"], made.number)
    client.get(VERIFY, {"n": made.number, "c": made.code})
    uploaded(client, PDF)

    counting.collect()

    assert list(LookupCount.objects.values_list("channel", "day", "count")) == [("L7", timezone.localdate(), 3)]


def test_one_certificate_may_be_asked_about_so_often_an_hour_and_by_the_code_too(client, made):
    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False):
        codes = [client.get(VERIFY, {"n": made.number, "c": made.code}).status_code for _ in range(limits.VERIFY.person.count)]
        refused = asked(client, "王某某", made.number)

    assert set(codes) == {200}
    assert refused.status_code == 429


def test_without_the_human_check_nothing_is_looked_up(client, made):
    response = client.post(VERIFY, {"name": made.facts["name"], "number": made.number, "proof": "", "proof-stamp": ""})

    assert "以此刻的考籍为准" not in text_of(response)


def test_the_dot_of_a_name_may_be_typed_in_any_way(university):
    person = CandidateFactory(managing_university=university, name="阿依努尔·买买提")
    passed(person, "00037")

    assert by_name("阿依努尔•买买提", transcript(person).number).finding is Finding.IN_FORCE


def test_it_is_the_name_on_the_paper_that_counts(made, candidate):
    was = candidate.name
    candidate.name = "林知秋"
    candidate.save()

    assert by_name(was, made.number).finding is Finding.SUPERSEDED
    assert by_name("林知秋", made.number).finding is Finding.UNKNOWN


def test_the_home_page_leads_there(client, db):
    assert f'href="{VERIFY}"' in client.get("/").content.decode()
