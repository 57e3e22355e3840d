"""A clerk at the command line: runs pucha in this process, in a folder of its own, and reads the answer."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from worlds.databases import put_sqlite
from worlds.laid_down import Loaded, is_new

from deployments.cli import main

UNITS = """\
code,name
13,甲省
1301,乙市
130101,丙县
130102,丁区
130101001,戊镇
130101002,己乡
130102001,庚街道
"""


@dataclass(frozen=True)
class Answer:
    """What a command left behind: its exit code, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The JSON that it printed."""
        return json.loads(self.out)


_LOADED = Loaded[Answer]()


@dataclass
class Clerk:
    """Runs commands in `folder`, where PUCHA_HOME is the folder `home`."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def __post_init__(self) -> None:
        self.monkeypatch.chdir(self.folder)
        self.monkeypatch.setenv("PUCHA_HOME", str(self.folder / "home"))
        for name in ("PUCHA_LANG", "PUCHA_DATABASE_URL", "PUCHA_ADMIN_CHANNEL", "PUCHA_KEY"):
            self.monkeypatch.delenv(name, raising=False)

    def __call__(self, *arguments: str) -> Answer:
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        written = self.capsys.readouterr()
        code = ended.value.code
        return Answer(code if isinstance(code, int) else 0, written.out, written.err)

    def json(self, *arguments: str) -> Any:
        """The JSON answer of a command that must not be refused."""
        answer = self(*arguments, "--json")
        assert answer.code in (0, 1), answer
        return answer.data

    def file(self, name: str, content: str | bytes) -> str:
        """Write a file; its name, as the commands are told it."""
        data = content.encode() if isinstance(content, str) else content
        (self.folder / name).write_bytes(data)
        return name

    def english(self) -> None:
        self.monkeypatch.setenv("PUCHA_LANG", "en")

    def set(self, name: str, value: str) -> None:
        self.monkeypatch.setenv(name, value)

    def load(self, plan: str, units: str = UNITS, contacts: str = "", *more: str) -> Answer:
        """Load a campaign from texts; it must not be refused. It finds the tables there, which take longer to make than to fill."""
        arguments = ["load", "--plan", self.file("plan.yaml", plan), "--units", self.file("units.csv", units)]
        if contacts:
            arguments += ["--contacts", self.file("contacts.csv", "unit,role,name,channel\n" + contacts)]
        given = {
            name: value for name, value in os.environ.items() if name.startswith("PUCHA_") and name != "PUCHA_HOME"
        }
        database = self.folder / "home" / "pucha.db"
        if "PUCHA_DATABASE_URL" in given or more:
            if not database.exists() and "PUCHA_DATABASE_URL" not in given:
                put_sqlite(database)
            return self._loaded(arguments + list(more))
        if not is_new(database, database.parent):
            return self._loaded(arguments)
        told = repr((plan, units, contacts, given)).replace(str(self.folder), "…")
        kept = _LOADED.find(told)
        if kept is not None:
            kept.lay(self.folder)
            return kept.told
        answer = self._loaded(arguments)
        _LOADED.keep(told, self.folder, ("home",), answer)
        return answer

    def _loaded(self, arguments: list[str]) -> Answer:
        answer = self(*arguments)
        assert answer.code in (0, 1), answer
        return answer

    def report(self, rows: str, as_of: str, by: str = "丙县人普办") -> Answer:
        """Report a CSV text."""
        return self("report", self.file("report.csv", rows), "--as-of", as_of, "--by", by)
