"""The geometry of the charts."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scores.statistics.charts import rates

RATIO = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)


@pytest.mark.parametrize(
    ("now", "labels"),
    [(1.0, ["95%", "100%"]), (0.0, ["0%", "5%"]), (0.5, ["50%", "55%"]), (0.98, ["95%", "100%"])],
)
def test_the_axis_of_pass_rates_holds_one_step_around_a_single_rate(now, labels):
    assert [line.label for line in rates([("示例大学", now, None)]).grid] == labels


@example([("示例大学", 0.15, None), ("示例大学", 0.951, None)])
@given(st.lists(st.tuples(st.just("示例大学"), RATIO, st.none() | RATIO), min_size=1, max_size=8))
def test_no_axis_of_pass_rates_goes_beyond_what_a_rate_can_be(values):
    chart = rates(values)
    marks = [float(line.label.rstrip("%")) for line in chart.grid]

    assert all(0 <= mark <= 100 for mark in marks)
    for line in chart.lines:
        assert 160 <= float(line.now_x) <= 480
