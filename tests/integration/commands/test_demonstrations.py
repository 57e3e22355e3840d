"""pucha demo: what it says of one place, what it refuses before it makes anything, and whose folder it leaves alone."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from worlds.documents import Told
from worlds.office import pucha

from deployments.demo.command import MARK
from deployments.demo.synthetic import places
from deployments.office.occupancy import occupied
from tasks.campaign.settings import Settings
from tasks.campaign.store import open_store

HANDBOOK = Path(__file__).parents[3] / "docs" / "clerks.zh-CN.md"


@dataclass(frozen=True)
class Demonstration:
    """What one run said, and its data folder."""

    said: str
    first: str
    home: Path


@pytest.fixture(scope="module")
def tengzhou(tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    """Tengzhou's, played once."""
    home = tmp_path_factory.mktemp("tengzhou")
    done = pucha(home, "demo", "tengzhou", "--once")
    assert done.returncode == 0, done.stderr
    return Demonstration(done.stdout, done.stderr.splitlines()[0], home / "demo" / "tengzhou")


@pytest.fixture(scope="module")
def documents(tengzhou: Demonstration) -> Iterator[Told]:
    settings = Settings(home=tengzhou.home, database_url=None, _env_file=None)  # type: ignore[call-arg]
    store = open_store(settings)
    yield Told(store, "370481", "2020-04-22T17:00:00+08:00")
    store.engine.dispose()


def test_it_says_at_once_what_it_is_about_to_show(tengzhou: Demonstration) -> None:
    assert tengzhou.first.startswith("演示滕州市")


@pytest.mark.parametrize(("place", "title"), [(one.id, one.title_zh) for one in places().values()])
def test_the_first_line_waits_for_nothing_that_takes_long(tmp_path: Path, place: str, title: str) -> None:
    """What the interpreter has loaded by then, in the order in which it says so; the command is ended at that line."""
    environment = {**os.environ, "PUCHA_HOME": str(tmp_path), "PUCHA_LANG": "zh"}
    command = (sys.executable, "-X", "importtime", "-m", "deployments.cli", "demo", place, "--once")
    loaded = set[str]()
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as running:
        assert running.stderr is not None
        for line in running.stderr:
            said = line.decode()
            if not said.startswith("import time:"):
                break
            loaded.add(said.rpartition("|")[2].strip())
        running.kill()

    assert said.startswith(f"演示{title}，正在准备")
    assert "deployments.demo.synthetic" in loaded
    assert not loaded & {"sqlalchemy", "prefect", "fastapi", "tasks.campaign.store", "tasks.judging.judge"}


def test_the_shortage_and_the_allowance_above_the_budget_come_first(tengzhou: Demonstration) -> None:
    before_tables = tengzhou.said.partition("┏")[0]

    assert "计划选聘两员“8000余”（即不少于8000人），应不低于" in before_tables
    assert "计划两员缺口（每5个小区1名指导员）不多于520" in before_tables
    assert "计划两员缺口（每4个小区1名指导员）不多于875" in before_tables
    assert "计划两员补助不少于6400000元，应不高于预算经费5800000元" in before_tables
    assert "山东省 下级请示建议按期答复（滕州市/建议1 采集设备）：未达标，期限08-31" in before_tables


def test_the_handbook_for_clerks_shows_what_the_commands_answer(tengzhou: Demonstration, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(tengzhou.home, home)
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", HANDBOOK.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    texts = [text for kind, text in blocks if not kind and "allowance_planned" in text]

    def explained(moment: str) -> list[str]:
        answered = pucha(home, "explain", "370481", "602", "--as-of", moment)
        return answered.stdout.splitlines()

    before = explained("2020-04-22T17:00")
    file = tmp_path / "补助标准.csv"
    file.write_text(next(text for kind, text in blocks if kind == "csv" and "两员补助标准" in text), encoding="utf-8")
    done = pucha(home, "report", str(file), "--as-of", "2020-04-22T16:00", "--by", "滕州市人普办", "--reason", "核定")
    after = explained("2020-04-22T20:00")

    assert done.returncode == 0
    assert len(texts) == 2
    for shown, said in zip(texts, (before, after), strict=True):
        lines = [line for line in shown.splitlines() if line != "…"]
        assert [line for line in said if line in lines] == lines


def test_it_says_what_is_synthetic_and_claims_no_agreement_of_all_figures(tengzhou: Demonstration) -> None:
    assert "均为合成数据" in tengzhou.said
    assert "合计与" not in tengzhou.said


def test_sets_of_phases_that_have_not_begun_are_not_counted_yet(tengzhou: Demonstration) -> None:
    assert "四落实" in tengzhou.said
    assert "质量验收" not in tengzhou.said


def test_it_says_who_acts_next_and_with_which_command(tengzhou: Demonstration) -> None:
    acts = tengzhou.said.partition("下一步由谁办")[2]

    assert re.search(
        r"· 滕州市经办人：两员补助总额不超过经费预算，期限04-28 24:00，即将到期。pucha explain 370481 602", acts
    )
    assert f"PUCHA_HOME={tengzhou.home} pucha explain 370481 603 --as-of 2020-04-22T17:00" in acts
    assert f"PUCHA_HOME={tengzhou.home} pucha up --as-of 2020-04-22T17:00" in acts


def test_once_starts_no_prefect_unless_asked(tengzhou: Demonstration) -> None:
    assert not (tengzhou.home / "prefect").exists()


# ---- Tengzhou's figures, as its document has them, by `pucha explain`


def test_tengzhou_has_budgeted_3_30_yuan_a_head(documents: Told) -> None:
    assert "人均预算经费 3.30元/人" in documents.of("preparation.budget")


def test_of_tengzhou_s_budget_21_percent_are_approved(documents: Told) -> None:
    assert "预算批准拨付比例 21%" in documents.of("preparation.budget-approved")


def test_tengzhou_s_allowance_of_6_40_million_is_above_its_budget_of_5_80_million(documents: Told) -> None:
    said = documents.of("preparation.allowance-within-budget")

    assert "计划两员补助不少于6400000元，应不高于预算经费5800000元" in said


@pytest.mark.parametrize(("few", "need", "short"), [(5, 8_520, 520), (4, 8_875, 875)])
def test_tengzhou_lacks_520_to_875_of_the_staff_that_it_needs(documents: Told, few: int, need: int, short: int) -> None:
    """At most so many: of 8000余 nobody knows how many more than 8 000 they are."""
    said = documents.of(f"preparation.plan-enough-{few}")

    assert said[-1] == (
        f"计划选聘两员“8000余”（即不少于8000人），应不低于计划所需两员（每{few}个小区1名指导员）{need}人，尚不能确认达到"
    )
    assert f"计划两员缺口（每{few}个小区1名指导员） 不多于{short}" in said


def test_the_staff_that_tengzhou_plans_is_told_as_its_document_writes_it(documents: Told) -> None:
    said = documents.of("preparation.plan-enough-5")

    assert "计划选聘两员 8000余（不少于8000）" in said
    assert "计划普查小区 7100" in said
    assert "计划普查区 1250" in said


def test_a_planned_district_of_tengzhou_is_as_large_as_247_persons(documents: Told) -> None:
    assert "平均每个计划普查小区的户籍人口 247人" in documents.of("preparation.plan-enough-5")


# ---- what is refused, before anything is made


def test_a_port_that_is_taken_is_told_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        done = pucha(tmp_path, "demo", "tengzhou", "--port", str(port))

    assert done.returncode == 2
    assert f"pucha demo tengzhou --port {port + 1}" in done.stderr
    assert not (tmp_path / "demo").exists()


def test_a_place_that_is_being_shown_is_not_made_anew(tmp_path: Path) -> None:
    home = tmp_path / "demo" / "tengzhou"
    home.mkdir(parents=True)
    (home / MARK).write_text("", encoding="utf-8")
    (home / "pucha.db").write_text("of the first", encoding="utf-8")

    with occupied(home):
        done = pucha(tmp_path, "demo", "tengzhou", "--once")

    assert done.returncode == 2
    assert f"进程 {os.getpid()}" in done.stderr
    assert (home / "pucha.db").read_text(encoding="utf-8") == "of the first"


def test_a_folder_that_is_no_demonstration_s_is_left_alone(tmp_path: Path) -> None:
    own = tmp_path / "demo" / "tengzhou" / "pucha.db"
    own.parent.mkdir(parents=True)
    own.write_text("of an office", encoding="utf-8")

    done = pucha(tmp_path, "demo", "tengzhou", "--once")

    assert done.returncode == 2
    assert "不是演示目录" in done.stderr
    assert own.read_text(encoding="utf-8") == "of an office"


@pytest.mark.parametrize("option", ["--boards", "--json"])
def test_what_is_for_once_alone_is_refused_without_it(tmp_path: Path, option: str) -> None:
    done = pucha(tmp_path, "demo", "tengzhou", option)

    assert done.returncode == 2
    assert "--once" in done.stderr
