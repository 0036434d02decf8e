"""The hash tree over the lines of one seal, as in RFC 6962: a short path proves that a line is among them.

Leaf: SHA-256 of a zero byte and the line. Node: SHA-256 of a one byte and its two children. On every level neighbours are
paired, an odd last one moves up as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Literal

Side = Literal["left", "right"]
Path = list[tuple[Side, bytes]]


def leaf(line: bytes) -> bytes:
    """The hash of a line (without its line break), 32 bytes."""
    return sha256(b"\x00" + line).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash over two hashes."""
    return sha256(b"\x01" + left + right).digest()


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """The tree from the leaves up to the root, which stands alone on the last level. Raises ``ValueError`` without leaves."""
    if not leaves:
        raise ValueError("a tree has leaves")
    tree = [list(leaves)]
    while len(tree[-1]) > 1:
        tree.append(_paired(tree[-1]))
    return tree


def _paired(level: list[bytes]) -> list[bytes]:
    pairs = iter(level)
    above = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]
    return above if len(level) % 2 == 0 else [*above, level[-1]]


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaves, at least one; keeps one level at a time."""
    level = list(leaves)
    if not level:
        raise ValueError("a tree has leaves")
    while len(level) > 1:
        level = _paired(level)
    return level[0]


def sides(position: int, size: int) -> Iterator[tuple[int, Side]]:
    """On which levels, and on which side, the leaf at ``position`` (from 0) of ``size`` has a neighbour."""
    height = 0
    while size > 1:
        if position % 2:
            yield height, "left"
        elif position + 1 < size:
            yield height, "right"
        height, position, size = height + 1, position // 2, (size + 1) // 2


def path(tree: list[list[bytes]], position: int) -> Path:
    """The neighbours that lead from the leaf at ``position`` to the root."""
    return [(side, tree[height][(position >> height) ^ 1]) for height, side in sides(position, len(tree[0]))]


def climb(hashed: bytes, way: Path) -> bytes:
    """The root that a leaf's hash and its path lead to."""
    for side, neighbour in way:
        hashed = node(neighbour, hashed) if side == "left" else node(hashed, neighbour)
    return hashed
