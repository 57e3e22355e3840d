"""A machine whose power can be cut: its commands run on a disk that keeps only what was synced (`power.c`)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from worlds.office import environment

_WRITE_BACK = "import os, sys; [os.fsync(os.open(file, os.O_RDWR)) for file in sys.argv[1:]]"


def build(folder: Path) -> Path | None:
    """Compile what is put between a process and the disk; None where this machine has no compiler."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        return None
    built = folder / "power.so"
    source = Path(__file__).with_suffix(".c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", built, source], check=True)
    return built


@dataclass
class Machine:
    """`home` is the data folder as its processes see it, `disk` what a power cut would leave of it."""

    folder: Path
    between: Path
    running: subprocess.Popen[str] | None = None

    def __post_init__(self) -> None:
        (self.folder / "disk.contents").mkdir(parents=True, exist_ok=True)

    def copy(self, folder: Path) -> Machine:
        """Another machine, started from what the disk of this one has kept."""
        made = Machine(folder, self.between)
        files = [str(made.home / file.relative_to(self.disk)) for file in self.disk.rglob("*") if file.is_file()]
        shutil.copytree(self.disk, made.home)
        written = [sys.executable, "-S", "-c", _WRITE_BACK, *files]
        subprocess.run(written, env=made.environment(), check=True)
        return made

    def environment(self) -> dict[str, str]:
        """What a process needs so that it runs on this disk."""
        named = {"POWER_HOME": str(self.home), "POWER_DISK": str(self.disk)}
        return environment(self.home) | named | {"LD_PRELOAD": str(self.between)}

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def disk(self) -> Path:
        return self.folder / "disk"

    def begin(self, *arguments: str) -> None:
        """Begin a command."""
        self.running = subprocess.Popen(
            [sys.executable, "-m", "deployments.cli", *arguments],
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def ended(self) -> int:
        """The exit code of what was begun, which says what it has to say where a test fails."""
        assert self.running is not None
        sys.stdout.write(self.running.communicate(timeout=120)[0])
        return self.running.returncode

    def run_each(self, arguments: Sequence[str], cuts: Mapping[str, Mapping[str, str]]) -> dict[str, int]:
        """Run a command several times, each on a new disk of its own that is called and cut short as `cuts` says.

        cuts: POWER_SYNCS or POWER_ROOM, by the folder's name. Returns how each ended.
        """
        each = [
            {
                "arguments": list(arguments),
                "environment": Machine(self.folder / name, self.between).environment() | dict(cut),
            }
            for name, cut in cuts.items()
        ]
        ended = subprocess.run(
            [sys.executable, "-m", "worlds.forked_commands"],
            input=json.dumps(each),
            env=os.environ | {"LD_PRELOAD": str(self.between), "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return dict(zip(cuts, json.loads(ended.stdout), strict=True))

    def run(self, *arguments: str) -> int:
        self.begin(*arguments)
        return self.ended()

    def cut_power(self) -> None:
        """End everything that runs, in an instant."""
        assert self.running is not None
        os.killpg(self.running.pid, signal.SIGKILL)

    def left(self, name: str, *, written_back: bool = False) -> Path:
        """The data folder as it is found after the power came back, in a copy.

        written_back: the system had happened to write the whole database file, though not its log, before the cut.
        """
        copy = shutil.copytree(self.disk, self.folder / name)
        if written_back and (self.home / "pucha.db").exists():
            shutil.copy(self.home / "pucha.db", copy / "pucha.db")
        return copy
