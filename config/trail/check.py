"""Checks an export of the trail: python check.py [NUMBER:HASH], with a seal as it stands on paper. Needs Python 3 alone."""

import json
import sys
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent


def chain(faults: list[str]) -> dict[int, tuple[int, str, str]]:
    """Entries, root and hash of each seal; each must hold the hash of the one before."""
    seals: dict[int, tuple[int, str, str]] = {}
    previous = "0" * 64
    for row in (HERE / "seals.tsv").read_bytes().splitlines():
        text, hashed = row.rsplit(b"\t", 1)
        _version, number, before, entries, _transaction, _event, root, _at = text.decode().split("\t")
        if (before, hashed.decode(), int(number)) != (previous, sha256(text).hexdigest(), len(seals) + 1):
            faults.append(f"第{number}号封存与前后不符")
        previous = hashed.decode()
        seals[int(number)] = (int(entries), root, previous)
    return seals


def root_of(line: bytes, place: int, size: int, path: list[list[str]]) -> str:
    """The root to which a line leads from its place: the place alone says where a neighbour stands, and on which side."""
    hashed = sha256(b"\x00" + line).digest()
    while size > 1:
        if place % 2 or place + 1 < size:
            side, neighbour = path.pop(0)
            if side != ("left" if place % 2 else "right"):
                return ""
            other = bytes.fromhex(neighbour)
            hashed = sha256(b"\x01" + (other + hashed if side == "left" else hashed + other)).digest()
        place, size = place // 2, (size + 1) // 2
    return "" if path else hashed.hex()


def is_proved(line: bytes, proof: dict[str, object], seals: dict[int, tuple[int, str, str]]) -> bool:
    """Whether the proof leads the line to the root of the seal that it names."""
    try:
        entries, root, _hash = seals[int(str(proof["seal"]))]
        place = int(str(proof["position"]))
        return 0 <= place < entries and root_of(line, place, entries, list(proof["path"])) == root  # type: ignore[call-overload]
    except (KeyError, ValueError, IndexError):
        return False


def main(printed: str) -> int:
    """Print what is wrong, or 一致; how many faults there are."""
    faults: list[str] = []
    seals = chain(faults)
    if printed and printed not in {f"{number}:{seal[2]}" for number, seal in seals.items()}:
        faults.append("纸上的封存不在链中")
    with (HERE / "events.tsv").open("rb") as events, (HERE / "proofs.jsonl").open(encoding="utf-8") as proofs:
        for line in events:
            if not is_proved(line[:-1], json.loads(next(proofs, "{}")), seals):
                faults.append(f"第{line.split(bytes([9]))[0].decode()}号留痕与封存不符")
        if next(proofs, ""):
            faults.append("证明比留痕多")
    sys.stdout.write("\n".join(faults or ["一致"]) + "\n")
    return len(faults)


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1] if len(sys.argv) > 1 else "")))
