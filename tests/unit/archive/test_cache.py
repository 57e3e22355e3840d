"""What a machine keeps of an archive that lies elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tasks.archive.cache import Cache


def keep(cache: Cache, name: str, size: int, used: float) -> None:
    draft = cache.draft(name)
    draft.parent.mkdir(parents=True, exist_ok=True)
    draft.write_bytes(b"x" * size)
    os.utime(draft, (used, used))
    cache.keep(name, draft)


@pytest.mark.parametrize(("most", "kept"), [(300, {"a", "b", "c"}), (299, {"b", "c"}), (150, {"c"})])
def test_what_was_asked_for_longest_ago_goes_first(tmp_path: Path, most: int, kept: set[str]) -> None:
    cache = Cache(tmp_path, most)
    for used, name in enumerate(("a", "b", "c")):
        keep(cache, name, 100, 1_000.0 + used)

    assert {path.name for path in tmp_path.iterdir()} == kept


def test_what_somebody_may_still_be_reading_stays(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 150)
    keep(cache, "a", 100, 1_000.0)
    assert cache.find("a") == tmp_path / "a"

    keep(cache, "b", 100, 2_000.0)

    assert {path.name for path in tmp_path.iterdir()} == {"a"}
