"""Kept answers on this machine's disk: one file for the offices that are judged together, written again when it lacks one.

Nothing rests on the file: an answer in it is found by what it rests on alone, one that is not found is worked out, and a file
that cannot be read or written costs time and nothing else.
"""

from __future__ import annotations

import io
import json
import logging
import secrets
from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

import polars as pl

from models import plan as plan_rules
from models.rules import registers as register_rules
from models.rules.judging.kept_answers import TABLE, digest
from tasks.campaign.on_disk import put_in_place
from tasks.campaign.store import Store

LOG = logging.getLogger(__name__)

FOLDER = "answers"
_PARTS = "parts"


class KeptAnswers:
    """The answers of one judgement: those that were kept, and those that it has worked out."""

    def __init__(self, store: Store, provinces: Collection[str] | None) -> None:
        """provinces: those whose offices are judged together; None for all."""
        self._file = store.home / FOLDER / f"{'-'.join(sorted(provinces)) if provinces is not None else 'all'}.parquet"
        self._kept: dict[str, list[pl.DataFrame]] | None = None
        self._used: dict[str, list[pl.DataFrame]] = {}
        self._is_new = False

    def find(self, name: str) -> list[pl.DataFrame] | None:
        """The parts of an answer, by what it rests on (`digest`); None where it is not kept."""
        if name not in self._used:
            if self._kept is None:
                self._kept = self._read()
            if name not in self._kept:
                return None
            self._used[name] = self._kept[name]
        return self._used[name]

    def add(self, name: str, parts: Sequence[pl.DataFrame]) -> None:
        """Take up an answer that was worked out."""
        self._used[name] = list(parts)
        self._is_new = True

    def keep(self) -> None:
        """Write down what this judgement has asked for, in place of what another one had, where some of it is new."""
        if not self._is_new:
            return
        places = [[name, [part.height for part in parts]] for name, parts in self._used.items()]
        table = pl.concat([TABLE.to_frame(), *(part for parts in self._used.values() for part in parts)])
        # two that judge at once write a draft each
        draft = self._file.with_name(f".{self._file.name}.{secrets.token_hex(6)}.part")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            table.write_parquet(draft, compression="zstd", compression_level=1, metadata={_PARTS: json.dumps(places)})
            put_in_place(draft, self._file)
        except (OSError, pl.exceptions.PolarsError):
            with suppress(OSError):
                draft.unlink()
            LOG.warning("what lists came to could not be kept", exc_info=True)

    def _read(self) -> dict[str, list[pl.DataFrame]]:
        try:
            data = self._file.read_bytes()
            places = json.loads(pl.read_parquet_metadata(io.BytesIO(data))[_PARTS])
            table = pl.read_parquet(io.BytesIO(data), schema=TABLE)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, pl.exceptions.PolarsError):
            LOG.warning("what lists came to cannot be read and is worked out anew", exc_info=True)
            return {}
        found, at = dict[str, list[pl.DataFrame]](), 0
        for name, heights in places:
            found[name] = []
            for height in heights:
                found[name].append(table.slice(at, height))
                at += height
        return found if at == table.height else {}


@cache
def this_program() -> str:
    """How this program reads plans and rows, as one word: another text of it may answer otherwise."""
    folders = [Path(str(one.__file__)).parent for one in (plan_rules, register_rules)]
    texts = [file.read_bytes() for folder in folders for file in sorted(folder.glob("*.py"))]
    return digest(version("pucha"), version("polars"), *(text.hex() for text in texts))
