"""The backup and the restore in the pages of operations, run as they stand there."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from worlds.plans import phase, trial

ROOT = Path(__file__).parents[3]
PAGES = ("operations.md", "operations.zh-CN.md")
CAMPAIGN = {
    "plan.yaml": trial(
        ["offices: {title: 普查机构, level: township, roll_up: sum, min: 0, max: 1}"],
        [
            phase(
                "preparation",
                "普查准备",
                "2020-03-01",
                "2020-10-31",
                [
                    '{id: office, no: 1, title: 机构组建, judged_at: township, met_when: "offices >= 1", due: 2020-06-30, ladder: standard}'
                ],
            )
        ],
        ladders={"standard": ["{id: overdue, at: +0d, to: [unit.owner]}"]},
    ),
    "units.csv": "code,name\n140105,小店区\n140105001,坞城街道\n",
    "contacts.csv": "unit,role,name,channel\n140105001,owner,经办人,json://127.0.0.1:9/a\n",
}
SECRETS = ("secret.key", "access.key", ".env")
OF_THIS_MACHINE_NOW = (
    "server.json",
    "up.lock",
    "prefect/prefect.db",
    "cache/1.parquet",
    "answers/all",
    "demo/pucha.db",
)


def block(page: str, word: str) -> str:
    """The commands of a page among which a word stands, for the program that is tested."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    (found,) = [one for one in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if word in one]
    run = found.replace(".venv/bin/pucha", ".venv/bin/python -m deployments.cli")
    return "set -e\n" + run.replace(".venv/bin/python", sys.executable)


def shell(office: Path, commands: str) -> str:
    """What commands say in the program's folder; each must succeed."""
    settings = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(office), "PUCHA_LANG": "en"}
    done = subprocess.run(
        ["sh", "-c", commands], cwd=office, env=settings, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout


@pytest.mark.parametrize("page", PAGES)
def test_a_campaign_is_brought_back_from_a_backup_that_holds_no_secret_and_nothing_that_was_not_received(
    page: str, tmp_path: Path
):
    for name, text in CAMPAIGN.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    pucha = f"{sys.executable} -m deployments.cli"
    shell(tmp_path, f"{pucha} load --plan plan.yaml --units units.csv --contacts contacts.csv")
    home = tmp_path / ".pucha"
    waiting, received = home / "inbox" / "名单.csv", home / "inbox" / "done" / "日报.csv"
    for file in (waiting, received, *(home / name for name in (*SECRETS[1:], *OF_THIS_MACHINE_NOW))):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}" if file.suffix == ".json" else "", encoding="utf-8")

    shell(tmp_path, block(page, "tar -czf"))

    with tarfile.open(tmp_path / "pucha-backup.tar.gz") as kept:
        names = set(kept.getnames())
    assert {"./inbox/done/日报.csv", "./trail-heads.jsonl"} <= names
    assert not names & {f"./{name}" for name in (*SECRETS, *OF_THIS_MACHINE_NOW, "inbox/名单.csv")}
    assert not [name for name in names if name.startswith("./pucha.db")], "whose copy is the other file"

    (tmp_path / "SAFE").mkdir()
    for name in ("secret.key", ".env"):
        (tmp_path / "SAFE" / name).write_bytes((home / name).read_bytes())
    home.rename(tmp_path / "lost")
    told = shell(tmp_path, block(page, "tar -xzf"))

    assert "坞城街道" in told and "1 notices owed" in told
    assert (home / "secret.key").stat().st_mode & 0o777 == 0o600
    assert "json" in shell(tmp_path, f"{pucha} channels"), "the key is that of the channels"
