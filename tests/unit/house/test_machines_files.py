"""The files for several machines: every setting in them exists, no secret stands in them, every command is one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tasks.campaign.settings import Settings

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "deployments" / "machines"
FILES = [ROOT / "Dockerfile", ROOT / "compose.yaml", *sorted(FOLDER.iterdir())]
OTHERS = {"PREFECT_HOME"}
SECRETS = ("DATABASE_URL", "CONNECTION_URL", "AUTH_STRING", "PUCHA_KEY", "ADMIN_CHANNEL", "PASSWORD")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def known_to_prefect() -> set[str]:
    """Every name that Prefect reads from the environment, without importing it: that takes seconds."""
    import importlib.util

    (where,) = importlib.util.find_spec("prefect").submodule_search_locations or []  # type: ignore[union-attr]
    text = (Path(where) / "settings" / "_types.py").read_text(encoding="utf-8")
    return {f"PREFECT_{name.replace('.', '_').upper()}" for name in re.findall(r'"([a-z_.]+)"', text)} | OTHERS


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_setting_is_one_of_ours_or_of_prefects(file: Path):
    text = file.read_text(encoding="utf-8")
    ours = {f"PUCHA_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"\bPUCHA_[A-Z_]+\b", text)) <= ours
    old_names = {"PREFECT_API_DATABASE_CONNECTION_URL"}
    assert set(re.findall(r"\bPREFECT_[A-Z_]+\b", text)) <= known_to_prefect() | old_names


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_file_holds_a_secret(file: Path):
    for line in file.read_text(encoding="utf-8").splitlines():
        name, sign, value = line.partition("=")
        if sign and not name.startswith("#") and name.strip().endswith(SECRETS):
            assert file.name == "secret.env.sample"
            assert re.fullmatch(r"|.*\b(PASSWORD|STRING)\b.*", value), line


def test_the_files_that_compose_names_are_there_and_so_is_each_service_that_another_waits_for():
    for name, service in COMPOSE["services"].items():
        for file in service.get("env_file", []):
            assert (ROOT / (f"{file}.sample" if file.endswith("/secret.env") else file)).exists(), (name, file)
        assert set(service.get("depends_on", {})) <= set(COMPOSE["services"])
        used = [volume.partition(":")[0] for volume in service.get("volumes", [])]
        assert {volume for volume in used if volume.isidentifier()} <= set(COMPOSE["volumes"])


def test_no_container_runs_as_root_or_opens_a_port_to_the_network():
    assert re.search(r"^USER 10001$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)
    own = [service for name, service in COMPOSE["services"].items() if name != "database"]
    assert all(service["cap_drop"] == ["ALL"] and service["read_only"] for service in own)


@pytest.mark.parametrize("unit", ["pucha-server", "pucha-worker"])
def test_a_service_runs_what_its_container_runs(unit: str):
    text = (FOLDER / f"{unit}.service").read_text(encoding="utf-8")
    (started,) = re.findall(r"^ExecStart=/opt/pucha/\.venv/bin/(.*)$", text, re.MULTILINE)
    contained = COMPOSE["services"]["server" if unit == "pucha-server" else "first"]["command"]
    assert started.split()[:3] == contained[:3]
    assert [part for part in contained if part.startswith("--")][: started.count("--")] == re.findall(r"--\S+", started)


def told(*files: Path) -> set[str]:
    """The settings in files, those that stand in a remark to be taken over too."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return set(re.findall(r"\b((?:PUCHA|PREFECT)_[A-Z_]+|DO_NOT_TRACK)=", text))


@pytest.mark.parametrize("page", ["operations.md", "operations.zh-CN.md"])
def test_a_service_is_told_whatever_the_steps_by_hand_export(page: str):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    by_hand = [block for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if "export PREFECT_API" in block]
    server, machine, several = ({*re.findall(r"\b([A-Z_]+)=", block)} for block in by_hand)
    assert "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS" in server and "PREFECT_API_URL" in machine
    assert "PREFECT_SERVER_DOCKET_URL" in several

    secrets = FOLDER / "secret.env.sample"
    assert server <= told(FOLDER / "server.env", secrets, FOLDER / "pucha-server.service")
    assert told(FOLDER / "server.env") - {"PREFECT_SERVER_LOGGING_LEVEL"} <= server, "nor by hand any less"
    assert machine <= told(FOLDER / "worker.env", secrets, FOLDER / "pucha-worker.service")


def test_compose_itself_says_what_the_sample_says_of_other_places():
    served, worker = (COMPOSE["services"][name]["environment"] for name in ("server", "first"))
    assert "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS" in served and "PREFECT_API_URL" in worker


def test_what_the_server_is_told_is_the_same_in_every_file():
    written = dict(
        line.split("=", 1) for line in (FOLDER / "server.env").read_text(encoding="utf-8").splitlines() if "=" in line
    )
    charted = yaml.safe_load((FOLDER / "values-server.yaml").read_text(encoding="utf-8"))["server"]["env"]
    told = {one["name"]: one["value"] for one in charted}
    assert {name: told[name] for name in written if name in told} == {n: v for n, v in written.items() if n in told}
    needed = {name for name in written if name.startswith("PREFECT_SERVER_SERVICES") or "LEASE" in name}
    assert needed <= set(told)
