"""The register of rare names as clerks see it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from audit.models import Event
from records.candidates.pinyin import sort_key
from records.models import Candidate
from records.rare_names.noting import note
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db
UNDRAWN = "\U00030000"


def noted(name: str, university):
    return note(CandidateFactory(name=name, name_key=sort_key(name), managing_university=university))


def text(response) -> str:
    return response.content.decode()


def test_the_list_says_what_is_trouble_and_what_prints(client, clerk, university, other_university):
    noted("王𠮷", university)
    noted(f"李{UNDRAWN}", university)
    noted("陈𬭚", other_university)
    client.force_login(clerk)

    page = text(client.get(reverse("rare-names:list")))

    assert all(words in page for words in ("王𠮷", "常用输入法打不出", "老系统（GBK）存不下", "可以打印", "字库缺字", "待填"))
    assert "陈𬭚" not in page
    assert Event.objects.get(kind=Event.Kind.READ, verb="list").details["list"] == "rare-names"


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({}, {"王𠮷", "张䶮", "李" + UNDRAWN}),
        ({"reading": "none"}, {"王𠮷", "李" + UNDRAWN}),
        ({"reading": "said"}, {"张䶮"}),
        ({"reason": "font"}, {"李" + UNDRAWN}),
        ({"q": "zhangyan"}, {"张䶮"}),
        ({"q": "王"}, {"王𠮷"}),
        ({"q": "13812345678"}, set()),
    ],
)
def test_the_list_is_narrowed(client, clerk, university, asked, shown):
    names = {"王𠮷", "张䶮", "李" + UNDRAWN}
    for name in names:
        noted(name, university)
    client.force_login(clerk)

    page = text(client.get(reverse("rare-names:list"), asked))

    assert {name for name in names if name in page} == shown


def test_a_clerk_says_how_a_name_is_read(client, clerk, foreign_clerk, university):
    row = noted("王𠮷", university)
    url = reverse("rare-names:one", args=[row.pk])
    client.force_login(clerk)
    assert "U+20BB7" in text(client.get(url))

    wrong = client.post(url, {"pinyin": "wang"})
    right = client.post(url, {"pinyin": "wáng jí"})

    assert wrong.status_code == 422
    assert "2个音节" in text(wrong)
    assert right.url == reverse("rare-names:list")
    assert Candidate.objects.get(pk=row.candidate_id).name_key == "wang2 ji2"
    client.force_login(foreign_clerk)
    assert client.get(url).status_code == 404


def test_whoever_was_merged_is_not_listed(client, clerk, university):
    row = noted("王𠮷", university)
    Candidate.objects.filter(pk=row.candidate_id).update(merged_into=CandidateFactory(managing_university=university))
    client.force_login(clerk)

    assert "王𠮷" not in text(client.get(reverse("rare-names:list")))
