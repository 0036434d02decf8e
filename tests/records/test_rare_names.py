"""The register of rare names: which characters are trouble, when it is filled and emptied, how such names are found."""

from __future__ import annotations

import io
import json

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.acting import acting
from audit.workflow import Refused
from records.candidates.pinyin import initials, sort_key
from records.candidates.searching import meant_by
from records.models import Candidate, RareName
from records.rare_names import trouble
from records.rare_names.noting import note, note_everybody, note_newcomers
from records.rare_names.saying import register_of, say
from records.registration.registering import register_person
from tests.factories import CandidateFactory, MajorFactory, identity_number

UNDRAWN = "\U00030000"  # of an extension that the font does not have


def named(name: str, **more) -> Candidate:
    return CandidateFactory(name=name, name_key=sort_key(name), name_initials=initials(name), **more)


@pytest.mark.parametrize(
    ("name", "characters", "reasons"),
    [
        ("林知微", "", ()),
        ("张喆", "", ()),
        ("刘堃", "", ()),
        ("阿依古丽·买买提", "", ()),
        ("John Smith", "", ()),
        ("王龥", "", ()),
        ("王龦", "龦", ("input", "encoding")),
        ("㙍山", "㙍", ("input", "encoding")),
        ("王䶮", "䶮", ("input", "encoding")),
        ("陈𬭚", "𬭚", ("input", "encoding")),
        ("王𠮷𠮷", "𠮷", ("input", "encoding")),
        ("𠮷古丽·买买提", "𠮷", ("input", "encoding")),
        ("José Ñandú", "Ñ", ("encoding",)),
        (f"王{UNDRAWN}", UNDRAWN, ("input", "font", "encoding")),
        ("王\ue863", "\ue863", ("input", "font", "encoding")),
    ],
)
def test_which_characters_are_trouble(name, characters, reasons):
    found = trouble.of(name)

    assert (found.characters, found.reasons) == (characters, reasons)
    assert bool(found) is bool(characters)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_has_an_answer(name):
    found = trouble.of(name)

    assert set(found.characters) <= set(name)
    assert bool(found.reasons) is bool(found.characters)


@pytest.mark.django_db
@settings(deadline=None)
@given(name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12))
def test_the_database_suspects_every_rare_name(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s ~ %s", [name, trouble.SUSPICIOUS])
        ((suspected,),) = cursor.fetchall()

    assert suspected or not trouble.of(name)


@pytest.mark.django_db
def test_a_name_that_the_dictionary_reads_is_read(university):
    row = note(named("王䶮", managing_university=university))

    assert (row.characters, row.pinyin, row.said_by) == ("䶮", "wang2 yan3", None)


@pytest.mark.django_db
def test_a_name_that_no_dictionary_knows_waits_for_a_clerk(university, clerk):
    candidate = named("王𠮷", managing_university=university)
    row = note(candidate)
    assert row.pinyin == ""
    assert not Candidate.objects.filter(meant_by("wangji")).exists()

    with acting(clerk):
        say(row, "Wáng jí", by=clerk)

    assert (row.pinyin, row.said_by) == ("wang2 ji2", clerk)
    for text in ("wangji", "wang ji", "WJ", "wj", "王𠮷"):
        assert list(Candidate.objects.filter(meant_by(text))) == [candidate], text
    candidate.refresh_from_db()
    assert note(candidate).said_by == clerk


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("wang2 ji2", "wang2 ji2"),
        ("wang ji", "wang ji"),
        ("WÁNG JÍ", "wang2 ji2"),
        ("wáng'jí", "wang2 ji2"),
        ("lǚ nü3", "lv3 nv3"),
    ],
)
def test_tones_may_be_marks_digits_or_left_out(university, clerk, said, key):
    row = note(named("王𠮷", managing_university=university))

    assert say(row, said, by=clerk).pinyin == key


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "code"),
    [
        *[(said, "rare-name.count") for said in ("", "wang", "wang ji ji")],
        *[(said, "rare-name.syllable") for said in ("wang 吉", "wang ji6", "wang <b>")],
    ],
)
def test_what_is_no_reading_of_the_whole_name_is_refused(university, clerk, said, code):
    candidate = named("王𠮷", managing_university=university)
    row = note(candidate)

    with pytest.raises(Refused) as refusal:
        say(row, said, by=clerk)

    assert [problem.code for problem in refusal.value.problems] == [code]
    candidate.refresh_from_db()
    assert candidate.name_key == sort_key("王𠮷")


@pytest.mark.django_db
def test_only_the_managing_universitys_clerk_says_it(university, foreign_clerk, officer, clerk, head):
    row = note(named("王𠮷", managing_university=university))

    assert list(register_of(clerk)) == [row]
    for person in (foreign_clerk, officer, head):
        with pytest.raises(PermissionDenied):
            say(row, "wang ji", by=person)
    assert not register_of(foreign_clerk).exists()


@pytest.mark.django_db
def test_registering_notes_a_rare_name_and_no_other(university):
    major = MajorFactory(hosts=[university])
    cells = {"性别": "女", "证件类型": "居民身份证", "出生日期": "1998-03-14", "专业代码": major.code}

    rare, _report = register_person({**cells, "姓名": "陈𬭚", "证件号码": identity_number(301)}, university)
    plain, _report = register_person({**cells, "姓名": "林知微", "证件号码": identity_number(302)}, university)

    assert RareName.objects.get().candidate == rare
    assert rare != plain


@pytest.mark.django_db
def test_a_corrected_name_leaves_the_register_or_is_read_anew(university, clerk):
    candidate = named("王𠮷", managing_university=university)
    say(note(candidate), "wang ji", by=clerk)

    candidate.name, candidate.name_key = "王㙍", sort_key("王㙍")
    candidate.save(update_fields=["name", "name_key"])
    again = note(candidate)
    assert (again.characters, again.pinyin, again.said_by) == ("㙍", sort_key("王㙍"), None)

    candidate.name, candidate.name_key = "王吉", sort_key("王吉")
    candidate.save(update_fields=["name", "name_key"])
    assert note(candidate) is None
    assert not RareName.objects.exists()


@pytest.mark.django_db
def test_the_command_fills_in_what_came_before_and_may_be_repeated(university):
    people = [named(name, managing_university=university) for name in ("王𠮷", "林知微", "José Ñandú", "陈é", "吐尔逊·买买提")]
    output = io.StringIO()

    call_command("note_rare_names", stdout=output)

    assert json.loads(output.getvalue()) == {"rare_names": 2}
    assert set(RareName.objects.values_list("candidate", flat=True)) == {people[0].pk, people[2].pk}
    assert note_everybody() == 2


@pytest.mark.django_db
def test_a_file_without_rare_names_costs_one_question(university):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE newcomers (candidate_id bigint)")
        cursor.execute("INSERT INTO newcomers SELECT %s", [named("林知微", managing_university=university).pk])

    with CaptureQueriesContext(connection) as queries:
        assert note_newcomers() == 0

    assert len(queries) == 1
