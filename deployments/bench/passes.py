"""Whole passes over the nation's database, planning and sending apart."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlmodel import select

from deployments.bench.campaigns import databases, nation, sink
from deployments.bench.measure import once, peak_gib, row, tell
from deployments.bench.nation import NOW
from models.moments import micros, read_moment
from models.tables import Case
from tasks.chasing.cases import read_open_cases
from tasks.chasing.passes import owe
from tasks.delivery.deliver import deliver
from tasks.judging.judge import judge_all
from tasks.judging.status import read_statuses


def main() -> None:
    rows: list[dict[str, Any]] = []
    for name, server in databases():
        with tempfile.TemporaryDirectory() as folder, sink() as channel:
            store = nation(Path(folder), channel, server)
            now = read_moment(NOW, store.plan().zone)
            reading, judged = once(lambda: judge_all(store, None, now))  # noqa: B023
            planning, owed = once(lambda: owe(store, None, now))  # noqa: B023
            sending, sent = once(lambda: deliver(store, store.settings, lambda: now))  # noqa: B023
            hearing, _ = once(lambda: owe(store, None, now))  # noqa: B023
            again, _ = once(lambda: owe(store, None, now))  # noqa: B023
            with store.reading() as connection:
                looking, _ = once(lambda: read_open_cases(connection, micros(now)))  # noqa: B023
                cases = connection.execute(select(func.count()).select_from(Case)).scalar_one()
            status, _ = once(lambda: read_statuses(store, "13", now).of())  # noqa: B023
            rate = sent.delivered / sending if sending else 0
            rows += [
                row(f"{name}: read and judge {judged.verdicts.height} duties from the database", f"{reading:.1f} s"),
                row(
                    f"{name}: first pass: judge, open {cases} cases, owe {owed.owed} notices",
                    f"{planning:.1f} s",
                    bound="< 10 s",
                    met=planning < 10,
                ),
                row(
                    f"{name}: the pass that hears what became of those notices",
                    f"{hearing:.1f} s",
                    bound="< 10 s",
                    met=hearing < 10,
                ),
                row(f"{name}: a pass in which nothing is new", f"{again:.1f} s", bound="< 10 s", met=again < 10),
                row(
                    f"{name}: the same against reading the open cases",
                    f"{again:.1f} s",
                    floor=f"{looking:.1f} s",
                    ratio=again / looking,
                    bound="≤ 2 s more",
                    met=again <= looking + 2,
                ),
                row(
                    f"{name}: status of a province with the nation loaded",
                    f"{status:.2f} s",
                    bound="< 1 s",
                    met=status < 1,
                ),
                row(
                    f"{name}: deliver {sent.delivered} notices to a sink on loopback",
                    f"{rate:.0f} a second",
                    bound="≥ 500",
                    met=rate >= 500,
                ),
            ]
            store.engine.dispose()
    rows.append(row("peak memory of all that", f"{peak_gib():.2f} GiB", bound="< 2 GiB", met=peak_gib() < 2))
    tell(rows)


if __name__ == "__main__":
    main()
