"""The hash tree of a seal: every leaf is proved by its path, and by no other."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle

leaves_of = st.lists(st.binary(max_size=40), min_size=1, max_size=300)


def reference_root(lines: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if len(lines) == 1:
        return sha256(b"\x00" + lines[0]).digest()
    split = 1
    while split * 2 < len(lines):
        split *= 2
    return sha256(b"\x01" + reference_root(lines[:split]) + reference_root(lines[split:])).digest()


@pytest.mark.parametrize("size", range(1, 71))
def test_the_root_is_that_of_the_standard_and_every_path_leads_to_it(size):
    lines = [b"%d" % number for number in range(size)]
    leaves = [merkle.leaf(line) for line in lines]
    tree = merkle.levels(leaves)

    assert merkle.root(leaves) == tree[-1][0] == reference_root(lines)
    assert [merkle.climb(leaf, merkle.path(tree, position)) for position, leaf in enumerate(leaves)] == [tree[-1][0]] * size


@given(leaves_of, st.data())
def test_a_path_proves_its_own_leaf_only(lines, data):
    tree = merkle.levels([merkle.leaf(line) for line in lines])
    position = data.draw(st.integers(0, len(lines) - 1))
    other = data.draw(st.binary(max_size=40).filter(lambda line: line != lines[position]))

    way = merkle.path(tree, position)
    assert tree[-1] == [reference_root(lines)]
    assert merkle.climb(merkle.leaf(lines[position]), way) == tree[-1][0]
    assert merkle.climb(merkle.leaf(other), way) != tree[-1][0]
    assert [side for _height, side in merkle.sides(position, len(lines))] == [side for side, _hash in way]


@given(leaves_of.filter(lambda lines: len(lines) > 1), st.data())
def test_a_path_with_one_bit_changed_proves_nothing(lines, data):
    tree = merkle.levels([merkle.leaf(line) for line in lines])
    position = data.draw(st.integers(0, len(lines) - 1))
    way = merkle.path(tree, position)
    step = data.draw(st.integers(0, len(way) - 1))
    byte = data.draw(st.integers(0, 31))
    side, neighbour = way[step]
    way[step] = side, neighbour[:byte] + bytes([neighbour[byte] ^ 1]) + neighbour[byte + 1 :]

    assert merkle.climb(merkle.leaf(lines[position]), way) != tree[-1][0]


def test_a_node_is_no_leaf():
    left, right = merkle.leaf(b"a"), merkle.leaf(b"b")

    assert merkle.root([left, right]) == merkle.node(left, right) != merkle.leaf(left + right)


@pytest.mark.parametrize("work", [merkle.root, merkle.levels])
def test_there_is_no_tree_of_nothing(work):
    with pytest.raises(ValueError, match="leaves"):
        work([])


def test_each_place_among_so_many_has_its_own_way():
    for size in range(1, 71):
        ways = [tuple(merkle.sides(position, size)) for position in range(size)]
        assert len(set(ways)) == size
