"""Tables of dBASE and FoxPro: what exam offices exchange is read whole, and what is damaged or forged is refused."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.imports.dbase import dbf_rows
from records.imports.faults import FileRefused
from tests.records.candidate_files import person, write_dbf

LIMIT = 1 << 20


def rows_of(path: Path) -> list[tuple[int, list[object]]]:
    with dbf_rows(path, LIMIT) as rows:
        return [(row, list(cells)) for row, cells in rows]


def codes_of(path: Path, limit: int = LIMIT) -> list[str]:
    with pytest.raises(FileRefused) as refused, dbf_rows(path, limit) as rows:
        list(rows)
    return [fault.code for fault in refused.value.faults]


def test_texts_digits_and_dates_arrive_as_they_stand(tmp_path: Path) -> None:
    row = person(1, 准考证号="012345678")

    names, cells = (cells for _row, cells in rows_of(write_dbf(tmp_path / "生.dbf", row)))

    read = dict(zip(names, cells, strict=True))
    assert (read["姓名"], read["证件号码"], read["准考证号"]) == (row["姓名"], row["证件号码"], "012345678")
    assert str(read["出生日期"]).startswith("1997-05-20")


def test_utf8_is_told_from_gb18030(tmp_path: Path) -> None:
    path = write_dbf(tmp_path / "a.dbf", {"姓名": "林知"}, encoding="utf-8")

    assert rows_of(path) == [(1, ["姓名"]), (2, ["林知"])]


def test_deleted_records_are_no_rows(tmp_path: Path) -> None:
    path = write_dbf(tmp_path / "a.dbf", {"A": "1"}, {"A": "2"}, {"A": "3"})
    octets = bytearray(path.read_bytes())
    octets[32 + 32 + 1 + 2] = ord("*")
    path.write_bytes(octets)

    assert rows_of(path) == [(1, ["A"]), (2, ["1"]), (3, ["3"])]


def test_what_is_damaged_or_no_table_is_refused(tmp_path: Path) -> None:
    path = write_dbf(tmp_path / "a.dbf", {"A": "12345"}, {"A": "67890"})
    whole = path.read_bytes()

    path.write_bytes(whole[:-4])
    assert codes_of(path) == ["table.damaged"]
    path.write_bytes(b"PK\x03\x04" + whole)
    assert codes_of(path) == ["table.not-dbf"]
    path.write_bytes(whole[:10])
    assert codes_of(path) == ["table.not-dbf"]
    path.write_bytes(whole.replace(b"12345", b"\xff\xff\xff\xff\xff"))
    assert codes_of(path) == ["table.encoding"]


def test_memo_fields_and_large_files_are_refused(tmp_path: Path) -> None:
    path = write_dbf(tmp_path / "a.dbf", {"A": "1"})
    assert codes_of(path, limit=10) == ["table.too-large"]

    octets = bytearray(path.read_bytes())
    octets[32 + 11] = ord("M")
    path.write_bytes(octets)
    assert codes_of(path) == ["table.dbf-field"]

    octets[32 + 11] = ord("C")
    octets[4:8] = (200_001).to_bytes(4, "little")
    path.write_bytes(octets)
    assert codes_of(path) == ["table.too-many-rows"]


@given(st.binary(max_size=400), st.integers(0, 200))
def test_no_forged_file_does_more_than_be_refused(tmp_path_factory: pytest.TempPathFactory, noise: bytes, place: int) -> None:
    path = write_dbf(tmp_path_factory.getbasetemp() / "forged.dbf", {"A": "1", "B": "林"}, {"A": "2", "B": "知"})
    octets = path.read_bytes()
    path.write_bytes(octets[:place] + noise + octets[place + len(noise) :])

    with suppress(FileRefused):
        assert len(rows_of(path)) < 1000
