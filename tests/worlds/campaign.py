"""A small campaign for tests: one province, one city, two counties, four townships, and somebody to tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from worlds.databases import Shared
from worlds.laid_down import Loaded, is_new
from worlds.plans import TWO_PHASES, without_codes
from worlds.server_rows import Rows, holds_no_rows, put_rows, rows_in

from models.moments import read_moment
from models.plan.files import read_plan_files
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store, open_store
from tasks.chasing.passes import Owed, owe
from tasks.delivery.deliver import deliver
from tasks.delivery.passes import Delivered
from tasks.loading.load import Files, load
from tasks.papers.authority import ActBy

ROLES = ("owner", "leader", "head")
_BEGUN = Loaded[Rows | None]()
UNITS = """code,name
99,试验省
9901,试验市
990101,甲县
990102,乙县
990101001,甲一镇
990101002,甲二乡
990102001,乙一镇
990102002,乙二街道
"""


def at(text: str) -> datetime:
    """A moment in the plan's zone."""
    from pendulum import timezone

    return read_moment(text, timezone("Asia/Shanghai"))


def by(
    name: str, moment: str, *, reason: str | None = "试验", code: str | None = None, clock: str | None = None
) -> ActBy:
    """Whoever acts as of a moment; the machine's clock says the same unless told otherwise."""
    return ActBy(name, at(moment), at(clock or moment), reason, code)


@dataclass
class Campaign:
    """A loaded campaign whose clock the test sets."""

    store: Store
    settings: Settings
    folder: Path

    def report(self, rows: str, as_of: str, author: str = "试验") -> None:
        """Take in a CSV report through the product's own intake."""
        from tasks.intake.intake import take_in

        file = self.folder / f"report-{abs(hash((rows, as_of)))}.csv"
        file.write_text(rows, encoding="utf-8")
        take_in(self.store, file, at(as_of), author, at(as_of))

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """What the campaign's database answers to a query."""
        with self.store.reading() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    def named_rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        """The same, each row by the names of its columns."""
        with self.store.reading() as connection:
            return [dict(row) for row in connection.execute(text(query), values).mappings()]

    def who_may(self, kind: str, unit: str) -> str | None:
        """Somebody who may decide on a case of `unit` by a plan that says nothing of authority; None for nobody."""
        if kind == "ack":
            own = self.rows("SELECT name FROM contacts WHERE unit = :unit ORDER BY role", unit=unit)
            return str(own[0][0]) if own else None
        office = unit
        while True:
            above = self.rows("SELECT superior FROM units WHERE code = :office", office=office)[0][0]
            office = above or office
            leaders = self.rows("SELECT name FROM contacts WHERE unit = :unit AND role = 'leader'", unit=office)
            if leaders or above is None:
                return str(leaders[0][0]) if leaders else None

    def owe(self, moment: str, scope: str | None = None, *, dry_run: bool = False, phase: str | None = None) -> Owed:
        return owe(self.store, scope, at(moment), dry_run, phase=phase)

    def watch(self, moment: str, scope: str | None = None) -> tuple[Owed, Delivered]:
        """One whole pass at a moment."""
        owed = self.owe(moment, scope)
        return owed, deliver(self.store, self.settings, lambda: at(moment))


def make_campaign(
    folder: Path,
    database_url: str | None = None,
    *,
    plan: str = TWO_PHASES,
    units: str = UNITS,
    contacts: str | None = None,
    beside: Mapping[str, str] | None = None,
    codes: bool = False,
    **settings: object,
) -> Campaign:
    """Load a campaign from texts. `contacts` is the CSV's body after its header, or with one of its own; codes: asked for what binds.

    beside: further files by their names, `superiors.csv` and overlays that extend `plan.yaml`.
    database_url: of an empty database; without one, SQLite in the campaign's own folder.
    """
    texts = _Texts(plan if codes else without_codes(plan), units, contacts, beside or {})
    return _made(folder, database_url, texts, None, settings)


def make_owed(
    folder: Path, database_url: str | None, moment: str, *, plan: str, units: str, contacts: str, **settings: object
) -> Campaign:
    """The same after a pass at a moment, which owed what is due and sent nothing yet."""
    return _made(folder, database_url, _Texts(without_codes(plan), units, contacts, {}), moment, settings)


@dataclass(frozen=True)
class _Texts:
    """What a campaign is loaded from."""

    plan: str
    units: str
    contacts: str | None
    beside: Mapping[str, str]

    def write(self, folder: Path) -> Callable[[], Files]:
        """Lay them down as files; what they are to `load`."""
        written = {"plan.yaml": self.plan, "units.csv": self.units, **self.beside}
        if self.contacts is not None:
            written["contacts.csv"] = _with_header(self.contacts)
        for name, body in written.items():
            (folder / name).write_text(body, encoding="utf-8")
        plans = [folder / name for name in self.beside if name.endswith(".yaml")] or [folder / "plan.yaml"]
        return lambda: Files(
            plan=read_plan_files(*plans),
            units=folder / "units.csv",
            superiors=_given(folder / "superiors.csv"),
            contacts=_given(folder / "contacts.csv"),
        )


def _made(
    folder: Path, database_url: str | None, texts: _Texts, owed_at: str | None, settings: Mapping[str, Any]
) -> Campaign:
    chosen = Settings(home=folder / "home", database_url=database_url, _env_file=None, **settings)  # type: ignore[call-arg, arg-type]
    files = texts.write(folder)
    kind = database_url and database_url.partition(":")[0]
    told = repr((texts, kind, owed_at, settings)).replace(str(folder), "…")

    def begin(store: Store) -> None:
        load(store, files(), at("2020-04-01T09:00"))
        if owed_at is not None:
            owe(store, None, at(owed_at))

    _begun_once(chosen, folder, told, begin)
    return Campaign(open_store(chosen), chosen, folder)


def _begun_once(chosen: Settings, folder: Path, told: str, begin: Callable[[Store], None]) -> None:
    """Begin a campaign, or lay down what beginning it left before. told: all that it depends on."""
    given = chosen.database_url.get_secret_value() if chosen.database_url else None
    database = folder / "pucha.db" if given else chosen.home / "pucha.db"
    server = given if given and given.startswith("postgresql") else None
    if server is not None:
        ours = is_new(None, chosen.home) and holds_no_rows(server)
    else:
        ours = given in (None, f"sqlite:///{database}") and is_new(database, chosen.home)
    ours = ours and chosen.archive_url is None
    kept = _BEGUN.find(told) if ours else None
    if kept is not None:
        kept.lay(folder)
        if server is not None and kept.told is not None:
            put_rows(server, kept.told)
        return
    store = open_store(chosen, create=True)
    begin(store)
    store.engine.dispose()
    if ours:
        _BEGUN.keep(told, folder, ("home", "pucha.db*"), rows_in(server) if server is not None else None)


def _with_header(contacts: str) -> str:
    return contacts if contacts.startswith("unit,") else f"unit,role,name,channel\n{contacts}"


def _given(file: Path) -> Path | None:
    return file if file.exists() else None


def copy_campaign(made: Campaign, shared: Shared, folder: Path) -> Campaign:
    """A copy in `folder` of a campaign that was made in `shared` and closed; what it tells people goes where it went."""
    kept = made.settings.model_dump() | {"home": folder / "home", "database_url": shared.copy_into(folder)}
    chosen = Settings(**kept, _env_file=None)
    return Campaign(open_store(chosen), chosen, folder)


def everyone(
    channel: Callable[[str], str], units: str = UNITS, roles: tuple[str, ...] = ROLES, but: tuple[str, ...] = ()
) -> str:
    """Somebody for each role in each office, over the channel that `channel` gives for office/role.

    but: offices/roles that are vacant.
    """
    codes = [line.split(",")[0] for line in units.strip().splitlines()[1:]]
    return "".join(
        f"{code},{role},{role}{code},{channel(f'{code}/{role}')}\n"
        for code in codes
        for role in roles
        if f"{code}/{role}" not in but
    )
