"""Checks an export of the trail: python check.py [NUMBER:HASH], with a seal as it stands on paper. Needs Python 3 alone."""

import json
import sys
from hashlib import sha256
from pathlib import Path

here, printed = Path(__file__).parent, sys.argv[1] if len(sys.argv) > 1 else ""
faults, seals, previous = [], {}, "0" * 64
for row in (here / "seals.tsv").read_bytes().splitlines():
    text, hashed = row.rsplit(b"\t", 1)
    _version, number, before, entries, _transaction, _event, root, _at = text.decode().split("\t")
    if (before, hashed.decode(), int(number)) != (previous, sha256(text).hexdigest(), len(seals) + 1):
        faults.append(f"第{number}号封存与前后不符")
    seals[int(number)], previous = (int(entries), root, hashed.decode()), hashed.decode()
if printed and printed not in {f"{number}:{seal[2]}" for number, seal in seals.items()}:
    faults.append("纸上的封存不在链中")
with (here / "events.tsv").open("rb") as events, (here / "proofs.jsonl").open(encoding="utf-8") as proofs:
    for line in events:
        proof = json.loads(next(proofs, "{}") or "{}")
        entries, root, _hash = seals.get(proof.get("seal"), (0, "", ""))
        hashed, index, size, way = sha256(b"\0" + line[:-1]).digest(), proof.get("position"), entries, list(proof.get("path", []))
        index, known = (index, True) if index is not None and 0 <= index < entries else (0, False)
        while size > 1:  # the place alone says on which side the neighbour of each level stands, or that there is none
            side = "left" if index % 2 else "right" if index + 1 < size else ""
            if side:
                named, other = way.pop(0) if way else ("", "")
                pair = [bytes.fromhex(other), hashed] if side == "left" else [hashed, bytes.fromhex(other)]
                known, hashed = known and named == side, sha256(b"\1" + b"".join(pair)).digest()
            index, size = index // 2, (size + 1) // 2
        if not known or way or hashed.hex() != root:
            faults.append(f"第{line.split(bytes([9]))[0].decode()}号留痕与封存不符")
    faults += ["证明比留痕多"] if next(proofs, "") else []
print("\n".join(faults) or "一致")
sys.exit(bool(faults))
