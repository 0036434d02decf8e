"""Verifies a snapshot of marks without Kaoji: Python 3.8 or newer and the command openssl are enough.

    python3 verify_snapshot.py ARCHIVE.zip --certificate OFFICE.pem

Take this script and the office's certificate from a place that you trust, not from the archive that is to be verified.
Exit code 0: every file is as the office signed it. 1: refused, with the reason.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

MANIFEST, SIGNATURE, CERTIFICATE = "manifest.json", "manifest.json.sig", "certificate.pem"
FORMATS = ("kaoji-marks-snapshot/1",)
DIGESTS = ("sha256", "sm3")
CHUNK = 1 << 20
SMALL = 1 << 20  # bytes that a manifest, signature or certificate may have


class Refused(Exception):
    """Why the archive is not what the office signed."""


def verify(archive: Path, certificate: Path) -> dict[str, Any]:
    """The manifest of an archive that is wholly as signed with the key of ``certificate`` (PEM). ``Refused`` otherwise."""
    try:
        with zipfile.ZipFile(archive) as opened:
            manifest = _manifest(opened, certificate)
            _check_names(opened, manifest)
            for member in manifest["members"]:
                _check_member(opened, member)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, ValueError) as error:
        raise Refused(f"the archive cannot be read: {error}") from error
    return manifest


def _manifest(opened: zipfile.ZipFile, certificate: Path) -> dict[str, Any]:
    content, signature = _small(opened, MANIFEST), _small(opened, SIGNATURE)
    _check_signature(content, signature, certificate)
    manifest: dict[str, Any] = json.loads(content)
    if manifest["format"] not in FORMATS:
        raise Refused(f"unknown format {manifest['format']}")
    return manifest


def _small(opened: zipfile.ZipFile, name: str) -> bytes:
    if name not in opened.namelist():
        raise Refused(f"{name} is missing")
    if opened.getinfo(name).file_size > SMALL:
        raise Refused(f"{name} is too large")
    return opened.read(name)


def _check_signature(content: bytes, signature: bytes, certificate: Path) -> None:
    """By the key of the given certificate, never of one that came along; when it runs out does not matter."""
    digest = json.loads(content).get("digest")
    if digest not in DIGESTS:
        raise Refused(f"unknown digest {digest}")
    with TemporaryDirectory() as folder:
        told, signed, key = Path(folder, MANIFEST), Path(folder, SIGNATURE), Path(folder, "key.pem")
        told.write_bytes(content)
        signed.write_bytes(signature)
        _run("openssl", "x509", "-in", str(certificate), "-pubkey", "-noout", "-out", str(key))
        _run("openssl", "dgst", f"-{digest}", "-verify", str(key), "-signature", str(signed), str(told))


def _run(*command: str) -> None:
    if subprocess.run(command, capture_output=True, check=False).returncode:
        raise Refused("the signature is not that of this certificate over this manifest")


def _check_names(opened: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    expected = sorted([*(member["name"] for member in manifest["members"]), MANIFEST, SIGNATURE])
    found = sorted(opened.namelist())
    if found != expected:
        raise Refused(f"the archive should hold {', '.join(expected)}; it holds {', '.join(found)}")


def _check_member(opened: zipfile.ZipFile, member: dict[str, Any]) -> None:
    digest, size = hashlib.sha256(), 0
    with opened.open(member["name"]) as stream:
        for chunk in iter(lambda: stream.read(CHUNK), b""):
            digest.update(chunk)
            size += len(chunk)
    if (digest.hexdigest(), size) != (member["sha256"], member["bytes"]):
        raise Refused(f"{member['name']} is not as it was signed")


def main() -> int:
    """Say what was found; the exit code."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("archive", type=Path)
    asked.add_argument("--certificate", type=Path, required=True, help="the office's certificate (PEM)")
    options = asked.parse_args()
    try:
        manifest = verify(options.archive, options.certificate)
    except Refused as refused:
        print(f"REFUSED: {refused}", file=sys.stderr)
        return 1
    rows = ", ".join(f"{member['name']} {member['rows']}" for member in manifest["members"] if member["rows"] is not None)
    print(f"Verified: marks up to {manifest['year']}, made {manifest['made_at']}; rows: {rows}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
