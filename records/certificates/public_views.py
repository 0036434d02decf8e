"""Verification without an account (L7): hit and miss have one address, one status and one page; only the answer differs."""

from __future__ import annotations

import hashlib

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from audit.reads import COUNTED, reads
from records.certificates.forms import VerifyFileForm, VerifyForm
from records.certificates.numbering import typed
from records.certificates.verifying import Answer, by_code, by_file, by_name
from records.lookups import counting, limits
from records.lookups.proof import Proof

CHANNEL = "L7"
LONGEST = 60


@reads(COUNTED)
@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """By name and number; by number and code where the address holds them, as the QR code's does."""
    number, code = (request.GET.get(name, "")[:LONGEST] for name in ("n", "c"))
    if request.method == "GET" and number and code:
        _pass(request, typed(number), is_proven=False)
        return _answered(request, by_code(number, code), typed(number))
    form = VerifyForm(request.POST or None)
    if not form.is_valid():
        return render(request, "records/certificates/verify.html", {"form": form})
    given = form.cleaned_data
    _pass(request, typed(given["number"]), is_proven=given["proof"] is Proof.COMPUTED)
    return _answered(request, by_name(given["name"], given["number"]), typed(given["number"]))


@reads(COUNTED)
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def verify_file(request: HttpRequest) -> HttpResponse:
    """By the file; it is held against what was issued and kept nowhere."""
    form = VerifyFileForm(request.POST or None, request.FILES or None)
    if not form.is_valid():
        return render(request, "records/certificates/verify_file.html", {"form": form})
    content = form.cleaned_data["file"]
    _pass(request, hashlib.sha256(content).hexdigest(), is_proven=form.cleaned_data["proof"] is Proof.COMPUTED)
    return _answered(request, by_file(content), "")


def _pass(request: HttpRequest, asked: str, *, is_proven: bool) -> None:
    limits.pass_through(limits.VERIFY, limits.source_of(request), f"certificate:{asked}", is_proven=is_proven)
    counting.count(CHANNEL)


def _answered(request: HttpRequest, answer: Answer, asked: str) -> HttpResponse:
    return render(request, "records/certificates/verified.html", {"answer": answer, "asked": asked})
