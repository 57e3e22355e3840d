"""A large file is looked at in pieces: whether it is UTF-8 does not depend on where one ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.files.received import fingerprint

PIECE = 4 * 1024**2
"""Bytes that are read at a time."""


@pytest.mark.parametrize("before", range(5))
@pytest.mark.parametrize("sign", ["é", "中", "😀"])
def test_a_sign_that_lies_in_two_pieces_is_a_sign(tmp_path: Path, sign: str, before: int) -> None:
    file = tmp_path / "synthetic.csv"
    file.write_bytes(b"1" * (PIECE - before) + f"{sign}{sign}".encode() + b"1" * 9)
    assert fingerprint(file).is_utf8


@pytest.mark.parametrize("before", range(5))
@pytest.mark.parametrize(
    "odd", [b"\x80", b"\xe4\xb8", b"\xed\xa0\x80", b"\xff", b"\xf0\x9f\x98", b"\x80\x80\x80\x80\x80"]
)
def test_a_sign_that_is_none_is_noticed_wherever_a_piece_ends(tmp_path: Path, odd: bytes, before: int) -> None:
    file = tmp_path / "synthetic.csv"
    file.write_bytes(b"1" * (PIECE - before) + odd + "中1".encode())
    assert not fingerprint(file).is_utf8
