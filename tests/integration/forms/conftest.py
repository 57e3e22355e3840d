"""A campaign whose lists are handed out as forms, made once and copied."""

from __future__ import annotations

from pathlib import Path

import pytest
from worlds.campaign import UNITS, Campaign, copy_campaign, make_campaign
from worlds.databases import Shared, put_sqlite
from worlds.districts import VILLAGES
from worlds.forms_plan import FORMS

ROWS = (
    "code,清单批次,序号,类别,办理期限,发现时刻,已核对,工作步骤,备注,条数,状态\n"
    "990101001,甲批,1,逻辑问题,2020-08-05,2020-08-01 00:00,是,上门、去电,=1+1,3,核实中\n"
    "990101002,甲批,2,难点卡点,2020-09-05,,,,+86,,已接收\n"
    "990101,乙批,1,,,,否,,'@甲,,已办结\n"
)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Campaign, Shared]:
    folder = tmp_path_factory.mktemp("forms")
    shared = Shared(folder, put_sqlite(folder / "pucha.db"), None)
    campaign = make_campaign(folder, shared.database_url, plan=FORMS, units=UNITS + VILLAGES)
    campaign.report(ROWS, "2020-08-02")
    campaign.report("code,kind,number,issued,share,出生资料数\n990101,工作方案,甲1,2020-08-03,12.5,2\n", "2020-08-04")
    campaign.report("code,funds,rooms,births\n990101,1200,,\n990101001,,3,2\n", "2020-08-04")
    campaign.store.engine.dispose()
    return campaign, shared


@pytest.fixture
def campaign(made: tuple[Campaign, Shared], tmp_path: Path) -> Campaign:
    return copy_campaign(*made, tmp_path)
