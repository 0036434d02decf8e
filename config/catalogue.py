"""The catalogue with what no single floor knows: loading it, and whether the plans in it add up."""

from __future__ import annotations

from pathlib import Path

from records.catalogue import loading
from records.imports.faults import ImportReport


def load_catalogue(folder: Path) -> ImportReport:
    """Load a catalogue folder, all or nothing. FileRefused with every fault of every file."""
    return loading.load(folder)
