"""Take in a province's district extract (354 000 rows, CSV), against Polars reading and grouping the same file."""

from __future__ import annotations

import shutil
import tempfile
from functools import partial
from pathlib import Path

import polars as pl

from deployments.bench.measure import once, peak_gib, row, tell, timed
from deployments.demo.synthetic import places, write_reports, write_units
from models.moments import read_moment
from models.plan.files import read_plan_files
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store, open_store
from tasks.intake.intake import take_in
from tasks.loading.load import Files, load


def hebei(folder: Path) -> tuple[Store, Path, str]:
    """Hebei's campaign without reports, its synthetic district register, and that register's moment."""
    place = places()["hebei"]
    plan = read_plan_files(place.plan_file)
    store = open_store(Settings(home=folder / "home", database_url=None, _env_file=None), create=True)
    load(store, Files(plan=plan, units=write_units(place, folder)), read_moment(place.as_of, plan.plan.zone))
    register = next(one for one in write_reports(place, folder) if one.path.stem.endswith("-district-register"))
    return store, register.path, register.as_of


def bare(file: Path) -> pl.DataFrame:
    """What Polars alone needs to read the file and sum it by township."""
    table = pl.read_csv(file, schema_overrides={"code": pl.String})
    return table.group_by(pl.col("code").str.head(9)).agg(pl.exclude("code").sum())


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store, file, as_of = hebei(folder)
        at = read_moment(as_of, store.plan().zone)
        floor, grouped = timed(lambda: bare(file))
        rows = sum(1 for _ in file.open("rb")) - 1
        first, receipt = once(lambda: take_in(store, file, at, "bench", at))
        later = []
        for day in range(1, 4):
            following = at.replace(hour=18 + day)
            copy = folder / f"again-{day}.csv"
            shutil.copy(file, copy)
            later.append(once(partial(take_in, store, copy, following, "bench", following))[0])
        tell(
            [
                row(f"Polars reads and groups {rows} rows into {grouped.height} townships", f"{floor:.2f} s"),
                row(
                    f"pucha report: guard, check, archive and roll up {receipt.accepted} rows",
                    f"{first:.2f} s",
                    floor=f"{floor:.2f} s",
                    ratio=first / floor,
                    bound="≤ 6",
                    met=first / floor <= 6,
                ),
                row(
                    "the same extract on three later days",
                    ", ".join(f"{one:.2f} s" for one in later),
                    floor=f"{floor:.2f} s",
                    ratio=max(later) / floor,
                    bound="≤ 6",
                    met=max(later) / floor <= 6,
                ),
                row("peak memory", f"{peak_gib():.2f} GiB"),
            ]
        )


if __name__ == "__main__":
    main()
