"""The hub's own kinds of certificate are known as soon as Django is; other apps' ``certifying`` adds theirs."""

from records.certificates import own_kinds  # noqa: F401 - registers them
