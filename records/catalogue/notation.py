"""The notation in which a replacement row names courses (columns 已通过, 顶替 and 免考核).

``;`` parts alternatives, ``+`` joins courses that are all needed, ``|`` stands between codes of which either will do.
``|`` binds closest, ``;`` least: ``00001|99031;12656+03707`` is two alternatives, the second of two courses.
Nothing here knows which codes exist.
"""

import re

CODE = re.compile(r"[0-9A-Za-z]{1,20}")

Either = tuple[str, ...]
"""Codes of which one is enough."""
Alternative = tuple[Either, ...]
"""What has to be passed together."""


def passed_alternatives(text: str) -> tuple[Alternative, ...]:
    """Read 已通过: its alternatives in their order. ValueError in Chinese, naming the text, when it cannot be read."""
    return tuple(_alternative(part, text) for part in text.split(";"))


def replaced_options(text: str) -> tuple[tuple[str, ...], ...]:
    """Read 顶替: options of which any one is meant, each the codes that count together; () when empty.

    ValueError as for :func:`passed_alternatives`, and for ``|``, which would say the same as ``;``.
    """
    if not text.strip():
        return ()
    if "|" in text:
        raise _fault(text, "顶替和免考核中不能用“|”")
    return tuple(tuple(code for (code,) in option) for option in passed_alternatives(text))


def waived_codes(text: str) -> tuple[str, ...]:
    """Read 免考核: the codes, every one of them waived; () when empty. ValueError also for ``;``."""
    if ";" in text:
        raise _fault(text, "免考核的课程之间只用“+”")
    return tuple(code for option in replaced_options(text) for code in option)


def codes_named(text: str) -> tuple[str, ...]:
    """Every code that stands in an expression, once each, in its order; () when empty. ValueError as above."""
    if not text.strip():
        return ()
    alternatives = passed_alternatives(text)
    return tuple(dict.fromkeys(code for alternative in alternatives for either in alternative for code in either))


def _alternative(part: str, text: str) -> Alternative:
    alternative = tuple(tuple(_code(code, text) for code in either.split("|")) for either in part.split("+"))
    codes = [code for either in alternative for code in either]
    if len(set(codes)) < len(codes):
        raise _fault(text, f"“{part.strip()}”中课程代码重复")
    return alternative


def _code(written: str, text: str) -> str:
    code = written.strip()
    if not code:
        raise _fault(text, "分隔符旁缺少课程代码")
    if not CODE.fullmatch(code):
        raise _fault(text, f"“{code}”不是课程代码")
    return code


def _fault(text: str, reason: str) -> ValueError:
    return ValueError(f"“{text}”写法有误：{reason}")
