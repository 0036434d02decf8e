"""The geometry of the ring of credits."""

from decimal import Decimal

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from config.drawing import ring_of

PARTS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=12)


def test_the_ring_is_the_one_that_was_drawn() -> None:
    ring = ring_of([(9, 9), (46, 46), (15, 14), (0, 7)])

    assert ring.total == "76"
    assert [(arc.length, arc.offset) for arc in ring.troughs] == [
        ("8.2", "-0.4"),
        ("45.2", "-9.4"),
        ("13.2", "-55.4"),
        ("6.2", "-69.4"),
    ]
    assert ring.arcs == ring.troughs[:3]


def test_half_a_requirement_fills_half_its_trough() -> None:
    ring = ring_of([(Decimal("5"), Decimal("10"))])

    assert float(ring.arcs[0].length) == pytest.approx(4.9, abs=0.02)
    assert ring.arcs[0].offset == ring.troughs[0].offset


@given(PARTS)
def test_no_arc_leaves_its_trough_and_no_trough_the_round(parts: list[tuple[int, int]]) -> None:
    ring = ring_of(parts)

    assert len(ring.troughs) == sum(1 for _earned, needed in parts if needed)
    assert sum(float(arc.length) for arc in ring.troughs) <= float(ring.total) + 0.01 * len(ring.troughs)
    lengths = {arc.offset: float(arc.length) for arc in ring.troughs}
    assert all(0 < float(arc.length) <= lengths[arc.offset] for arc in ring.arcs)


def test_the_ring_says_its_figures_in_words_and_needs_no_style() -> None:
    template = Template("{% load look %}{% ring parts earned needed %}")
    html = template.render(Context({"parts": [(70, 76)], "earned": Decimal("70.0"), "needed": Decimal("76.0")}))

    assert 'aria-label="70学分，共需76学分"' in html
    assert "style=" not in html


@pytest.mark.parametrize(("value", "width"), [(61, "61"), (-5, "0"), (140, "100")])
def test_a_meter_stays_within_its_bar(value: int, width: str) -> None:
    html = Template('{% load look %}{% meter value 100 "x" %}').render(Context({"value": value}))

    assert f'<rect width="{width}" height="4"/>' in html
    assert 'role="img" aria-label="x"' in html
