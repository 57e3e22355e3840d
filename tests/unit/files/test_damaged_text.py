"""Texts with damaged bytes, in any encoding and at any place, and texts whose encoding nobody says."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.wording import Refusal
from tasks.files.opening import open_table

TEXT = "区划代码,专题会议,佐证\n140105,1,会议纪要一号文\n140106,2,会议记录\n"


def refused(folder: Path, content: bytes) -> str:
    file = folder / "报表.csv"
    file.write_bytes(content)
    with pytest.raises(Refusal) as caught:
        open_table(file)
    return caught.value.said.zh


def damaged(encoding: str, sign: str, byte: int, becomes: bytes) -> bytes:
    """The text with one byte of the first `sign` replaced, or lost."""
    whole = TEXT.encode(encoding)
    place = whole.index(sign.encode(encoding)) + byte
    return whole[:place] + becomes + whole[place + 1 :]


@pytest.mark.parametrize(
    ("encoding", "sign", "byte", "becomes", "line"),
    [
        ("gbk", "专", 1, b"\xff", 1),
        ("gbk", "140105", 3, b"\xff", 2),
        ("gbk", "140105", 5, b"\x81", 2),
        ("gbk", "1,会", 0, b"\xb1", 2),
        ("gbk", "纪", 0, b"", 2),
        ("gbk", "纪", 1, b"", 2),
        ("gbk", "纪", 0, b";", 2),
        ("gbk", "记录", 1, b"?", 3),
        ("gbk", "记录", 0, b"\x80", 3),
        ("gbk", "记录", 0, b"\0", 3),
        ("utf-8", "专", 1, b"\xff", 1),
        ("utf-8", "140105", 3, b"\xff", 2),
        ("utf-8", "纪", 1, b"", 2),
        ("utf-8", "记", 0, b"f", 3),
    ],
)
def test_one_damaged_byte_is_told_with_its_line_and_nothing_is_read_as_other_words(
    tmp_path: Path, encoding: str, sign: str, byte: int, becomes: bytes, line: int
) -> None:
    said = refused(tmp_path, damaged(encoding, sign, byte, becomes))
    assert f"第 {line} 行有损坏的文字" in said
    assert "重新导出" in said


def test_half_a_sign_of_utf_16_is_told_with_its_line(tmp_path: Path) -> None:
    half = TEXT.encode("utf-16-le").replace("纪".encode("utf-16-le"), b"\x00\xd8")
    assert "第 2 行有损坏的文字" in refused(tmp_path, b"\xff\xfe" + half)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", "\t"])
def test_utf_16_needs_no_mark_at_its_beginning(tmp_path: Path, encoding: str, separator: str) -> None:
    file = tmp_path / "报表.txt"
    file.write_bytes(TEXT.replace(",", separator).encode(encoding))
    table = open_table(file)
    assert table.columns == ("区划代码", "专题会议", "佐证")
    assert [part["c0"].to_list() for part in table.parts()] == [["140105", "140106"]]


def test_a_text_remembers_that_it_came_in_gb18030(tmp_path: Path) -> None:
    for encoding, is_gb in (("gbk", True), ("utf-8", False), ("utf-16", False)):
        for name, text in (("a.csv", TEXT), ("a.jsonl", '{"区划代码": "140105"}')):
            (tmp_path / name).write_bytes(text.encode(encoding))
            assert open_table(tmp_path / name).layout.is_gb is is_gb


def test_half_a_character_of_json_stands_for_one_that_was_lost(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"code": "140105", "佐证": "会\\ud83d议"}', encoding="utf-8")
    assert [part["c1"].to_list() for part in open_table(file).parts()] == [["会\ufffd议"]]
