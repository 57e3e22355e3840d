"""The status screen in a browser: what a clerk sees and where the links lead."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from worlds import census
from worlds.office import Office

from tasks.boards import UNWRITTEN

pytestmark = pytest.mark.usefixtures("turns")


def shown(page: Page) -> str:
    """The text of the artifact on the page."""
    page.wait_for_selector(".prose h3")
    return page.locator(".prose").first.inner_text()


def test_the_short_address_opens_the_board_of_the_top_office(office: Office, page: Page):
    page.goto(f"{office.url}/board")
    text = shown(page)
    assert "试验省 · 进度看板" in text
    assert "截至 2020-11-05 17:00" in text
    assert "逾期 61 项，涉及 2 个阶段，最长逾期" in text
    assert page.url.startswith(office.address("board-99"))


def test_an_office_without_a_board_gets_a_page_that_waits(office: Office, page: Page):
    page.goto(f"{office.url}/board/990203010")
    expect(page.get_by_role("heading")).to_have_text("看板尚未发布")


def test_whoever_comes_before_the_board_is_drawn_waits_for_it(office: Office, page: Page):
    key = "board-990203011"
    made = office.api("artifacts/", key=key, type="markdown", data=UNWRITTEN)["id"]
    page.goto(f"{office.url}/board/990203011")
    expect(page.get_by_role("heading")).to_have_text("看板尚未发布")
    office.asked("PATCH", f"artifacts/{made}", {"data": "### 看板"})
    assert "看板" in shown(page)
    office.removed(f"artifacts/{made}")


def test_the_board_names_every_phase_with_its_state(office: Office, page: Page):
    page.goto(office.address("board-99"))
    shown(page)
    table = page.locator(".prose table", has_text="阶段").first
    for phase, state in {
        "两员选聘": "有逾期",
        "两员培训": "前置工作未完成",
        "入户登记": "进行中",
        "比对复查": "未开始",
        "摸底": "已达标",
    }.items():
        expect(table.locator("tr", has_text=re.compile(rf"^{phase}"))).to_contain_text(state)


def test_links_lead_down_from_office_to_office_and_up_again(office: Office, page: Page):
    page.goto(office.address("board-99"))
    shown(page)
    page.get_by_role("link", name="甲市", exact=True).first.click()
    page.wait_for_url(office.address("board-9901") + "*")
    assert "甲市 · 进度看板" in shown(page)
    page.get_by_role("link", name="甲一县", exact=True).first.click()
    page.wait_for_url(office.address("board-990101") + "*")
    page.get_by_role("link", name="上级：甲市").click()
    page.wait_for_url(office.address("board-9901") + "*")
    page.get_by_role("link", name="上级：试验省").click()
    page.wait_for_url(office.address("board-99") + "*")
    assert "试验省 · 进度看板" in shown(page)


def test_links_lead_to_a_phase_to_the_overdue_list_and_to_the_calendar(office: Office, page: Page):
    for name, key, says in (
        ("两员选聘", "phase-recruitment-99", "试验省 · 两员选聘"),
        ("逾期清单", "overdue-99", "试验省 · 逾期清单"),
        ("普查日程", "calendar-99", "试验省 · 普查日程"),
    ):
        page.goto(office.address("board-99"))
        shown(page)
        page.get_by_role("link", name=name, exact=True).first.click()
        page.wait_for_url(office.address(key) + "*")
        assert says in shown(page)


def test_links_work_in_the_older_pages_too(office: Office, page: Page):
    page.goto(office.address("board-99").replace("/v2/", "/"))
    with page.expect_popup() as opened:
        page.get_by_role("link", name="甲市", exact=True).first.click()
    expect(opened.value.get_by_role("heading", name="甲市 · 进度看板")).to_be_visible()


def test_the_overdue_list_says_who_owes_what_since_when_and_why(office: Office, page: Page):
    page.goto(office.address("overdue-99"))
    shown(page)
    row = page.locator(".prose tr", has_text="两员不少于10人")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("甲市甲一县第1乡")
    expect(row).to_contain_text("08‑20")
    expect(row).to_contain_text("两员人数")


def test_the_pictures_are_drawn(office: Office, page: Page):
    page.goto(office.address("board-99"))
    shown(page)
    widths = page.evaluate("[...document.querySelectorAll('.prose img')].map(image => image.naturalWidth)")
    assert len(widths) == 3
    assert all(width > 300 for width in widths)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground_in_both_themes(office: Office, page: Page, scheme: str):
    page.emulate_media(color_scheme=scheme)
    page.goto(office.address("board-99"))
    shown(page)
    ink, ground = page.evaluate(
        "[getComputedStyle(document.querySelector('.prose td')).color, getComputedStyle(document.body).backgroundColor]"
    )
    assert contrast(page, ink, ground) >= 4.5


def contrast(page: Page, ink: str, ground: str) -> float:
    """The contrast of two CSS colours by WCAG."""
    return page.evaluate(
        """([ink, ground]) => {
            const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
            const light = colour => {
                canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
                const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(part => part / 255)
                    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
            return (a + 0.05) / (b + 0.05);
        }""",
        [ink, ground],
    )


def test_the_list_of_runs_names_phase_office_and_moment_and_shows_the_state(office: Office, page: Page):
    page.goto(f"{office.url}/v2/runs")
    run = page.get_by_role("link", name="两员选聘 · 试验省 · 截至11-05 17:00")
    expect(run.first).to_be_visible()
    for word in ("有逾期", "前置工作未完成", "已达标", "进行中", "未开始"):
        expect(page.get_by_text(word, exact=True).first).to_be_visible()


def test_the_page_of_a_run_leads_to_the_board(office: Office, page: Page, turns: dict[str, dict[str, str]]):
    page.goto(f"{office.url}/v2/runs/flow-run/{turns['recruitment']['id']}?tab=Artifacts")
    page.get_by_text("试验省 · 两员选聘 · 本次结果").first.click()
    text = shown(page)
    assert "有逾期" in text
    page.get_by_role("link", name="进度看板").click()
    page.wait_for_url(office.address("board-99") + "*")


def test_the_run_form_asks_in_chinese_and_starts_from_the_top_office(office: Office, page: Page):
    (found,) = office.api("deployments/filter", deployments={"name": {"any_": ["入户登记"]}})
    page.goto(f"{office.url}/v2/deployments/deployment/{found['id']}/run")
    for word in (
        "单位",
        "截至",
        "只演练",
        "区划代码，如 1301。包括其全部下级单位。",
        "按这一时刻的数据和期限判定；不填为此刻。",
    ):
        expect(page.get_by_text(word).first).to_be_visible()
    expect(page.get_by_label("单位")).to_have_value("99")


def test_the_form_runs_the_phase(office: Office, page: Page):
    (found,) = office.api("deployments/filter", deployments={"name": {"any_": ["比对复查"]}})
    page.goto(f"{office.url}/v2/deployments/deployment/{found['id']}/run")
    page.get_by_label("单位").fill("9902")
    page.get_by_label("只演练").click()
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/deployments/deployment/*?tab=Runs")
    (newest,) = [run for run in office.runs("比对复查") if run["parameters"].get("unit") == "9902"]
    ended = office.ended(newest["id"])
    assert ended["name"].startswith("比对复查 · 乙市 · 截至")
    assert ended["name"].endswith("演练")


def test_the_page_of_a_deployment_says_what_it_does_and_leads_to_the_board(office: Office, page: Page):
    (found,) = office.api("deployments/filter", deployments={"name": {"any_": ["入户登记"]}})
    page.goto(f"{office.url}/v2/deployments/deployment/{found['id']}?tab=Description")
    expect(page.get_by_text("逐户登记进展")).to_be_visible()
    page.get_by_role("link", name="打开进度看板").click()
    page.wait_for_url(office.address("board-99") + "*")


def test_every_page_that_lists_artifacts_titles_them_in_chinese(office: Office, page: Page):
    page.goto(f"{office.url}/v2/artifacts")
    expect(page.get_by_text("试验省 · 进度看板 · 截至11-05 17:00").first).to_be_visible()
    assert census.STATES
