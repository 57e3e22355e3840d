"""When `pucha up` gives up: what it serves has ended, or has been silent for longer than a busy machine is."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from deployments.office.serving import FLOWS, SCREEN, SILENCE_SECONDS, while_healthy
from models.wording import Said


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[], float]:
    """A clock that only waiting moves on."""
    seconds = [0.0]

    def wait(some: float) -> None:
        seconds[0] += some

    monkeypatch.setattr(time, "monotonic", lambda: seconds[0])
    monkeypatch.setattr(time, "sleep", wait)
    return lambda: seconds[0]


def running() -> None:
    return None


@pytest.mark.parametrize(("process", "said"), [(SCREEN, "the Prefect server"), (FLOWS, "the process of the flows")])
def test_a_process_that_ends_is_named_with_its_code_at_once(process: Said, said: str, clock: Callable[[], float]):
    codes: dict[Said, Callable[[], int | None]] = {SCREEN: running, FLOWS: running}
    codes |= {process: lambda: -9 if clock() >= 10 else None}
    assert while_healthy(codes, lambda: True).en == f"{said} ended with code -9"
    assert clock() == 10


def test_a_server_that_answers_again_after_two_minutes_goes_on(clock: Callable[[], float]):
    codes: dict[Said, Callable[[], int | None]] = {SCREEN: running, FLOWS: lambda: 1 if clock() >= 1_000 else None}
    silent = [(100, 220), (400, 690)]
    ended = while_healthy(codes, lambda: not any(begin <= clock() < end for begin, end in silent))
    assert ended.zh == "流程已退出（代码 1）"


def test_a_server_that_never_answers_again_is_given_up(clock: Callable[[], float]):
    ended = while_healthy({SCREEN: running, FLOWS: running}, lambda: clock() < 60)
    assert ended.zh == f"Prefect 服务已 {SILENCE_SECONDS + 2:.0f} 秒没有应答"
    assert clock() == 60 + SILENCE_SECONDS
