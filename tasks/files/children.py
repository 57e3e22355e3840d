"""Processes of their own (子进程) for files that a library may choke on: their memory, time and what they write is limited."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

MEMORY = 2 * 1024**3
"""Bytes of address space. Polars alone reserves half of it and uses little."""
_START = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module({module!r}, run_name='__main__')"
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Answered:
    """What a child said: one line of JSON; and the file that it filled, which is gone when nobody holds it."""

    about: dict[str, Any]
    file: BinaryIO = field(repr=False)

    @property
    def path(self) -> Path:
        """Where the file can be read, as often as wanted."""
        return Path(f"/dev/fd/{self.file.fileno()}")


def ask(module: str, file: Path, seconds: int) -> Answered:
    """Run `module` with the file and a file to fill. The fault is `too_slow` or `killed` where it does not answer."""
    filled = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the table that is read from it
    command = [sys.executable, "-I", "-c", _START.format(module=module), str(_ROOT), os.fspath(file.absolute())]
    try:
        done = subprocess.run(
            [*command, f"/dev/fd/{filled.fileno()}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(filled.fileno(),),
            env={**os.environ, "POLARS_MAX_THREADS": "1"},
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Answered({"fault": "too_slow"}, filled)
    if done.returncode != 0 or not done.stdout.endswith(b"\n"):
        return Answered({"fault": "killed"}, filled)
    return Answered(json.loads(done.stdout), filled)


def limit_this_process(seconds: int, most_written: int) -> None:
    """Called in the child: the system ends it when it takes more."""
    try:
        import resource
    except ImportError:  # Windows has no such limits; the parent's time limit holds there too
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_written, most_written))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def answer(about: dict[str, Any]) -> None:
    """Called in the child: its one line."""
    sys.stdout.write(json.dumps(about) + "\n")
    sys.stdout.flush()
