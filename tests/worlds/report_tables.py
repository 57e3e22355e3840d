"""Tables as counties report them: a plan with figures of every kind, its units, and what is taken and refused of some rows."""

from __future__ import annotations

import polars as pl
from worlds.plans import phase, trial

from models.plan.model import Plan
from models.rules.intake.gathering import gather, reasons
from models.rules.intake.layout import UNVALUED, Layout
from models.rules.intake.report_columns import column, match_columns
from models.rules.intake.report_units import Known
from models.rules.intake.reports import read_part

PLAN = trial(
    [
        "funds: {title: 到位经费, level: county, unit: yuan, roll_up: sum, min: 0, max: 1000000}",
        "offices: {title: 普查机构, level: county, roll_up: count}",
        "meetings: {title: 专题会, level: township, roll_up: sum}",
        "plans: {title: 工作方案, level: township, roll_up: sum}",
        "plans_filed: {title: 工作方案, level: county, roll_up: sum}",
        "districts: {title: 普查小区, level: district, roll_up: count}",
        "enumerators: {title: 普查员, level: district, roll_up: sum, min: 0, max: 9}",
        'uncovered: {title: 无普查员的小区, level: district, count_where: "enumerators < 1"}',
        "phones_set_up: {title: 开通咨询电话, level: county, roll_up: sum}",
        "visited: {title: 摸底完成率, level: county, unit: percent, roll_up: last, min: 0, max: 100}",
        "rounds: {title: 专题会议, level: county, unit: times, roll_up: sum}",
        "total: {title: 投入经费, level: county, unit: yuan, roll_up: sum}",
        "faulty: {title: 差错率, level: county, unit: permille, roll_up: mean, min: 0, max: 0.3}",
        "share: {title: 完成比, level: county, roll_up: mean}",
        "checked: {title: 抽查数, level: county, roll_up: sum}",
        "errors: {title: 差错数, level: county, roll_up: sum}",
        "held: {title: 动员会, level: county, roll_up: sum, evidence: [会议纪要, 会议通知（PDF）]}",
        "paid: {title: 拨付经费, level: county, roll_up: sum, evidence: [拨款凭证, 会议纪要]}",
    ],
    [
        phase(
            "zoning",
            "区划绘图",
            "T-200d",
            "T-10d",
            [
                '{id: accept, title: 差错率, judged_at: county, met_when: "1000 * errors / checked <= 4", due: T-20d}',
                '{id: spent, title: 每会经费, judged_at: county, met_when: "funds / rounds <= 90", due: T-20d}',
            ],
        ),
    ],
)
UNITS = {
    99: "province",
    9901: "city",
    990101: "county",
    990102: "county",
    9944: "city",
    994400: "county",
    990101001: "township",
    990101002: "township",
    990101001001: "village",
}


def table(header: list[str], *rows: list[str | None]) -> pl.DataFrame:
    """Rows as they come from a file whose header is row 1."""
    cells = {column(place): pl.Series([row[place] for row in rows], dtype=pl.String) for place in range(len(header))}
    return pl.DataFrame({"row": pl.Series(range(2, 2 + len(rows)), dtype=pl.Int64), **cells})


def read(
    plan: Plan,
    known: Known,
    header: list[str],
    *rows: list[str | None],
    formulas: tuple[tuple[int, int, str], ...] = (),
) -> tuple[list[tuple[object, ...]], dict[int, str]]:
    """What was taken (code and figures) and why each other row was refused, in English."""
    columns = match_columns("报表.csv", header, plan)
    layout = Layout(unvalued=pl.DataFrame(list(formulas), schema=UNVALUED, orient="row"))
    found = gather("a.csv", [read_part(table(header, *rows), columns, known, layout)])
    taken = found.taken.drop(":row", ":level").rows()
    return taken, dict(reasons(found.faults).select("row", "en").rows())
