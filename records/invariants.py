"""What must hold of the hub, by subject; other apps' ``invariants`` add theirs (``audit/invariants.py``)."""

from records.archive import invariants as archive  # noqa: F401 - registers them
from records.candidates import invariants as candidates  # noqa: F401
from records.ledger import invariants as ledger  # noqa: F401
from records.merging import invariants as merging  # noqa: F401
