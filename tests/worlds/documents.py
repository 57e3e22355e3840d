"""What the five documents tell, as a campaign of their rows: the demonstration's files, taken in through the product's own intake."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from worlds.campaign import at
from worlds.databases import put_sqlite

from deployments.commands.explain import figure_said
from deployments.demo.synthetic import places, write_reports, write_units
from models.plan.files import read_plan_files
from models.units import DIGITS
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store, open_store
from tasks.intake.intake import AsRows, take_in
from tasks.judging.explain import explain
from tasks.judging.judge import judge_all
from tasks.loading.load import Files, load


@dataclass(frozen=True)
class Told:
    """A place's campaign at the moment of its document."""

    store: Store
    unit: str
    as_of: str
    doubts: int = 0
    """Of what offices sent, how many rows were doubted or refused."""

    def of(self, requirement: str) -> list[str]:
        """What `pucha explain` says of a requirement at the place: its figures, what was stated of them without a number, on which
        side of a comparator, the reason."""
        (one,) = explain(self.store, self.unit, requirement, at(self.as_of))
        figures = [f"{figure.title} {figure_said(figure, 'zh')}" for figure in one.figures]
        beside = [f"{each.title} {each.value:g}" for figure in one.figures for each in figure.beside]
        stated = [figure.statement.text for figure in one.figures if figure.statement]
        compared = [one.compared.zh] if one.compared else []
        return [*figures, *beside, *stated, *compared, one.duty.reason.zh]

    def duties_of(self, scope: str | None) -> list[tuple[object, ...]]:
        """Every duty at and below an office (None: everywhere), as it is judged when that is asked for: unit, requirement, period, standing, due."""
        found = judge_all(self.store, scope, at(self.as_of)).verdicts
        told = found.select(
            "unit", pl.col("requirement").cast(pl.String), "period", pl.col("standing").cast(pl.String), "due"
        )
        return sorted(told.rows())


def told(name: str, parts: Collection[str], folder: Path) -> Told:
    """The campaign of one place with some of its files; `parts` are their names without `synthetic-` and the place."""
    place = places()[name]
    settings = Settings(home=folder / "home", database_url=None, _env_file=None)  # type: ignore[call-arg]
    put_sqlite(settings.home / "pucha.db")
    store = open_store(settings, create=True)
    units = write_units(place, folder)
    if not any(part.startswith(("areas-", "district-")) for part in parts):  # nothing that is told lies in villages
        table = pl.read_csv(units, infer_schema=False)
        table.filter(pl.col("code").str.len_chars() <= DIGITS["county"]).write_csv(units)
    load(store, Files(plan=read_plan_files(place.plan_file), units=units), at("2019-12-01T09:00"))
    wanted = {f"synthetic-{name}-{part}" for part in parts}
    files = [one for one in write_reports(place, folder) if one.path.stem in wanted]
    assert {one.path.stem for one in files} == wanted
    doubts = 0
    for one in files:
        rows = AsRows(register=one.register)
        receipt = take_in(store, one.path, at(one.as_of), one.author, at(place.as_of), as_rows=rows)
        doubts += receipt.doubts.height + receipt.rejected
    return Told(store, place.unit, place.as_of, doubts)
