"""The shipped calendar, the official notice, and what an office imports."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from deployments.calendars.seed import seeded_days
from models.calendar.changes import DayChange
from models.calendar.holiday_notice import ListedDay, read_notice
from models.wording import Refusal
from tasks.campaign.calendar_files import read_days, read_text, write_days
from tasks.campaign.calendars import (
    SHIPPED,
    import_local,
    import_year,
    known_calendars,
    listed_days,
    load_calendar,
    read_local,
    read_year,
)

# Notices of our own wording in the State Council's style, one for each way in which it has put things.
NOTICES = {
    2012: """现将2012年各节日的放假日期安排通知如下。
一、元旦：2012年1月1日至3日放假调休，共3天。2011年12月31日（星期六）上班。
二、春节：1月22日至28日放假调休，共7天。1月21日（星期六）、1月29日（星期日）上班。
三、清明节：4月2日至4日放假调休，共3天。3月31日（星期六）、4月1日（星期日）上班。
四、劳动节：4月29日至5月1日放假调休，共3天。4月28日（星期六）上班。
五、端午节：6月22日至24日放假公休，共3天。
六、中秋节、国庆节：9月30日至10月7日放假调休，共8天。9月29日（星期六）上班。
""",
    2014: """现将2014年各节日的放假日期安排通知如下。
一、元旦：1月1日放假1天。
二、春节：1月31日至2月6日放假调休，共7天。1月26日（星期日）、2月8日（星期六）上班。
三、清明节：4月5日放假，4月7日（星期一）补休。
四、劳动节：5月1日至3日放假调休，共3天。5月4日（星期日）上班。
五、端午节：6月2日放假，与周末连休。
六、中秋节：9月8日放假，与周末连休。
七、国庆节：10月1日至7日放假调休，共7天。9月28日（星期日）、10月11日（星期六）上班。
""",
    2019: """现将2019年各节日的放假日期安排通知如下。
一、元旦：2018年12月30日至2019年1月1日放假调休，共3天。2018年12月29日（星期六）上班。
二、春节：2月4日至10日放假调休，共7天。2月2日（星期六）、3日（星期日）上班。
三、清明节：4月5日放假，与周末连休。
四、劳动节：5月1日至4日放假调休，共4天。4月28日（星期日）、5月5日（星期日）上班。
五、端午节：6月7日放假，与周末连休。
六、中秋节：9月13日放假，与周末连休。
七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。
""",
    2024: """关于2024年部分节假日安排
元旦：1月1日放假，与周末连休。
春节：2月10日至17日放假调休，共8天。2月4日（星期日）、2月18日（星期日）上班。鼓励各单位安排职工在除夕（2月9日）休息。
清明节：4月4日至6日放假调休，共3天。4月7日（星期日）上班。
劳动节：5月1日至5日放假调休，共5天。4月28日（星期日）、5月11日（星期六）上班。
端午节：6月10日放假，与周末连休。
中秋节：9月15日至17日放假调休，共3天。9月14日（星期六）上班。
国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。
节假日期间，各单位安排好值班。

国务院办公厅
2023年10月25日
""",
    2025: """现将2025年各节日的放假日期安排通知如下。
一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。
""",
}
NOTICE_2020 = """关于2020年部分节假日安排的通知
一、元旦：2020年1月1日放假，共1天。
二、春节：1月24日至30日放假调休，共7天。1月19日（星期日）、2月1日（星期六）上班。
三、清明节：4月4日至6日放假调休，共3天。
四、劳动节：5月1日至5日放假调休，共5天。4月26日（星期日）、5月9日（星期六）上班。
五、端午节：6月25日至27日放假调休，共3天。6月28日（星期日）上班。
六、国庆节、中秋节：10月1日至8日放假调休，共8天。9月27日（星期日）、10月10日（星期六）上班。
"""
# What is known of no year yet: an invented notice, right in its weekdays.
NOTICE_2027 = """关于2027年部分节假日安排的通知
一、元旦：2026年12月31日至2027年1月3日放假调休，共4天。2026年12月27日（星期日）上班。
二、春节：2月5日至11日放假调休，共7天。1月31日（星期日）上班。
三、清明节：4月3日至5日放假，共3天。
四、劳动节：5月1日至5日放假调休，共5天。5月8日（星期六）上班。
五、端午节：6月9日放假，共1天。
六、中秋节：9月15日放假，共1天。
七、国庆节：10月1日至7日放假调休，共7天。9月26日（星期日）、10月9日（星期六）上班。
"""

Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, text: str | bytes) -> Path:
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return write


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def plain(days: tuple[ListedDay, ...]) -> list[tuple[date, bool]]:
    return [(listed.day, listed.works) for listed in days]


def test_the_shipped_table_is_what_the_seed_gives() -> None:
    assert read_days(SHIPPED / "china.csv") == tuple(seeded_days())


def test_the_shipped_table_lists_only_exceptions_and_names_each() -> None:
    listed = read_days(SHIPPED / "china.csv")

    assert all(day.works == (day.day.weekday() >= 5) for day in listed)
    assert all(day.name for day in listed)
    assert (listed[0].day.year, listed[-1].day.year) == (2010, 2026)


@pytest.mark.parametrize("year", range(2010, 2027))
def test_a_shipped_year_keeps_the_statutory_days_and_pays_for_few(year: int, home: Path) -> None:
    calendar = load_calendar("china", home)
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366 if year % 4 == 0 else 365)]
    working = sum(calendar.is_working_day(day) for day in days)

    assert calendar.status(year) == "official"
    assert not any(calendar.is_working_day(date(year, 10, day)) for day in range(1, 7))
    assert not calendar.is_working_day(date(year, 1, 1)) and not calendar.is_working_day(date(year, 5, 1))
    assert 247 <= working <= 252  # 365 days less weekends and the 11 to 13 statutory days


@pytest.mark.parametrize("year", NOTICES)
def test_a_notice_gives_the_same_year_as_the_shipped_table(year: int, home: Path) -> None:
    found, days = read_notice(NOTICES[year])

    assert found == year
    assert plain(days) == plain(listed_days("china", home, year))


def test_the_notice_of_2020_and_its_amendment_give_the_shipped_year(write: Write, home: Path) -> None:
    original = import_year(write("通知.txt", NOTICE_2020), home)
    extended = import_year(
        write("延长.csv", "day,kind,name\n2020-01-31,off,春节\n2020-02-01,off,春节\n"), home, amend=True
    )

    assert original.changes == [DayChange(date(2020, 1, 31), True), DayChange(date(2020, 2, 1), True)]
    assert extended.changes == [DayChange(date(2020, 1, 31), False), DayChange(date(2020, 2, 1), False)]
    assert plain(listed_days("china", home, 2020)) == [
        (day.day, day.works) for day in seeded_days() if day.day.year == 2020
    ]


def test_importing_a_year_makes_it_official_and_says_what_moves(write: Write, home: Path) -> None:
    file = write("2027.txt", NOTICE_2027)

    imported = import_year(file, home, year=2027)
    calendar = load_calendar("china", home)

    assert imported.status == ("missing", "official")
    assert imported.changes[:4] == [
        DayChange(date(2026, 12, 27), True),
        DayChange(date(2026, 12, 31), False),
        DayChange(date(2027, 1, 1), False),
        DayChange(date(2027, 1, 31), True),
    ]
    assert calendar == imported.new
    assert calendar.official_years == frozenset(range(2010, 2028))
    assert not calendar.is_working_day(date(2026, 12, 31))
    assert calendar.is_working_day(date(2026, 12, 30))
    assert not calendar.is_working_day(date(2026, 10, 5)), "the rest of 2026 stays as shipped"


def test_importing_the_same_notice_twice_changes_nothing(write: Write, home: Path) -> None:
    file = write("2027.txt", NOTICE_2027)
    first = import_year(file, home)
    before = first.target.read_bytes()

    second = import_year(file, home)

    assert second.changes == [] and second.status == ("official", "official")
    assert second.target.read_bytes() == before
    assert os.listdir(second.target.parent) == ["2027.csv"]


def test_looking_at_an_import_stores_nothing(write: Write, home: Path) -> None:
    planned = read_year(write("2027.txt", NOTICE_2027), home)

    assert len(planned.changes) == len(planned.days) == 23
    assert not home.exists()


def test_a_year_may_come_as_a_table(write: Write, home: Path) -> None:
    table = (
        "日期,类型,名称\n2030/1/1,放假,元旦\n2030-05-01,off,劳动节\n2030-10-01,off,国庆节\n"
        "2030-10-02,OFF,国庆节\n2030-10-03,off,国庆节\n2030-10-04,off,国庆节\n2030-10-12,上班,国庆节\n"
    )

    imported = import_year(write("2030.csv", table), home, estimated=True)
    calendar = load_calendar("china", home)

    assert imported.year == 2030 and imported.status == ("missing", "estimated")
    assert calendar.is_working_day(date(2030, 10, 12)) and not calendar.is_working_day(date(2030, 10, 4))
    assert [doubt.status for doubt in calendar.doubts([date(2030, 11, 1)])] == ["estimated"]


def test_an_estimate_gives_way_to_the_notice_but_never_replaces_it(write: Write, home: Path) -> None:
    file = write("2027.txt", NOTICE_2027)
    import_year(file, home, estimated=True)
    estimated = load_calendar("china", home)

    import_year(file, home)

    assert estimated.status(2027) == "estimated"
    assert load_calendar("china", home).status(2027) == "official"
    with pytest.raises(Refusal) as refused:
        import_year(file, home, estimated=True)
    assert "2027年已有正式放假安排" in refused.value.said.zh


def test_a_make_up_day_left_out_of_a_notice_is_asked_about(write: Write, home: Path) -> None:
    whole = read_year(write("2027.txt", NOTICE_2027), home)
    short = read_year(write("少.txt", NOTICE_2027.replace("、10月9日（星期六）", "")), home)

    assert whole.doubts == []
    assert [doubt.zh for doubt in short.doubts] == ["2027年净放假14天，多于法定的13天，请核对是否漏列调休上班日"]


def test_local_closures_stand_beside_the_official_days(write: Write, home: Path) -> None:
    closures = write("本地.csv", "day,kind,name\n2020-07-31,off,古尔邦节\n2020-08-01,work,补班\n")

    planned = read_local(closures, home)
    imported = import_local(closures, home)
    calendar = load_calendar("china", home)

    assert planned.changes == imported.changes
    assert imported.changes == [DayChange(date(2020, 7, 31), False), DayChange(date(2020, 8, 1), True)]
    assert calendar.closures == frozenset({date(2020, 7, 31)})
    assert calendar.add_working_days(date(2020, 7, 30), 1) == date(2020, 8, 1)
    assert imported.status is None


def test_a_later_list_of_closures_takes_the_place_of_the_earlier(write: Write, home: Path) -> None:
    import_local(write("a.csv", "day,kind,name\n2020-07-31,off,古尔邦节\n"), home)

    second = import_local(write("b.csv", "day,kind,name\n2020-08-03,off,停电\n"), home)

    assert second.changes == [DayChange(date(2020, 7, 31), True), DayChange(date(2020, 8, 3), False)]


def test_a_calendar_of_the_offices_own_is_known_once_imported(write: Write, home: Path) -> None:
    import_year(write("2027.txt", NOTICE_2027), home, "xinjiang")

    assert known_calendars(home) == ("china", "xinjiang")
    assert load_calendar("xinjiang", home).official_years == frozenset({2027})


@pytest.mark.parametrize("name", ["mars", "../china", "", "China", "china/2027"])
def test_a_calendar_that_is_not_there_is_refused(name: str, home: Path) -> None:
    with pytest.raises(Refusal):
        load_calendar(name, home)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_notice_is_read_in_every_encoding_that_offices_save(encoding: str, write: Write, home: Path) -> None:
    file = write("2027.txt", NOTICE_2027.replace("\n", "\r\n").encode(encoding))

    assert read_year(file, home).year == 2027


def test_a_notice_copied_onto_one_line_or_wrapped_is_read_alike() -> None:
    one_line = NOTICE_2020.replace("\n", " ") + "节假日期间，各地区妥善安排值班。国务院办公厅2019年11月21日"
    wrapped = NOTICE_2020.replace("上班。", "\n上 班。").replace("（", "\n(")

    assert read_notice(one_line) == read_notice(wrapped) == read_notice(NOTICE_2020)


@pytest.mark.parametrize(
    ("was", "becomes", "sentence"),
    [
        ("9月27日（星期日）", "9月27日（星期六）", "2020-09-27 是星期日"),
        ("9月27日（星期日）", "9月31日", "没有这一天"),
        ("9月27日（星期日）", "9月28日", "2020-09-28 不是周末"),
        ("9月27日（星期日）", "10月4日（星期日）", "2020-10-04 既放假又上班"),
        ("共8天", "共9天", "所列为8天"),
        ("1月1日放假，共1天", "1月1日放假2天", "所列为1天"),
        ("1月24日至30日", "1月24日至", "只有起始日期"),
        ("1月24日至30日", "1月30日至24日", "起止日期不对"),
        ("2020年1月1日", "2018年1月1日", "2018-01-01 不属于2020年"),
        ("放假调休，共7天", "除夕起可酌情安排休息", "不是通常的写法"),
        ("2月1日（星期六）上班", "2月3日（星期一）起正常上班", "不是通常的写法"),
        ("三、清明节：4月4日至6日放假调休，共3天。\n", "", "没有清明节的安排"),
        ("关于2020年", "关于", "未写明年份"),
    ],
)
def test_a_notice_that_cannot_be_relied_on_is_refused_whole(
    was: str, becomes: str, sentence: str, write: Write, home: Path
) -> None:
    text = NOTICE_2020.replace(was, becomes, 1)
    assert text != NOTICE_2020
    file = write("通知.txt", text)

    with pytest.raises(Refusal) as refused:
        import_year(file, home)

    assert sentence in refused.value.said.zh
    assert str(file) in refused.value.said.zh and str(file) in refused.value.said.en
    assert not home.exists()


def test_a_doubtful_sentence_is_shown_with_its_line() -> None:
    with pytest.raises(Refusal) as refused:
        read_notice(NOTICE_2020.replace("共8天", "共9天"))

    assert refused.value.said.zh.startswith("第7行“10月1日至8日放假调休,共9天”无法采用")


def test_a_notice_for_another_year_is_refused(write: Write, home: Path) -> None:
    with pytest.raises(Refusal) as refused:
        import_year(write("通知.txt", NOTICE_2020), home, year=2027)

    assert "这是2020年的通知，与指明的2027年不符" in refused.value.said.zh


def test_a_year_that_the_notice_leaves_out_can_be_stated(write: Write, home: Path) -> None:
    file = write("通知.txt", NOTICE_2027.replace("关于2027年", "关于"))

    assert read_year(file, home, year=2027).year == 2027


@pytest.mark.parametrize(
    ("rows", "sentences"),
    [
        ("2027-02-30,off,x\n", ["第2行：没有 2027-02-30 这一天"]),
        ("元旦,off,x\n", ["第2行：日期“元旦”应写作 2027-01-01"]),
        ("2027-01-01,rest,x\n", ["第2行：类型“rest”应为 off（放假）或 work（上班）"]),
        ("2027-01-01\n", ["第2行：类型“”应为"]),
        ("2027-01-01,off,x\n\n2027-01-01,work,x\n", ["第4行：2027-01-01 重复"]),
        ("2027-13-01,off,x\n2027-01-04,maybe,x\n", ["第2行：没有 2027-13-01", "第3行：类型“maybe”"]),
        ("2027-01-01,off,x\n2025-01-01,off,x\n", ["2025-01-01 不属于2027年"]),
        ("2027-02-08,off,春节\n", ["没有 2027-01-01 放假"]),
        ("2027-01-01,off,元旦\n2027-10-01,off,国庆节\n", ["净放假2天，少于法定的13天"]),
        ("", ["没有一行日期"]),
    ],
)
def test_a_faulty_table_is_refused_with_every_row_that_is_wrong(
    rows: str, sentences: list[str], write: Write, home: Path
) -> None:
    file = write("2027.csv", "day,kind,name\n" + rows)

    with pytest.raises(Refusal) as refused:
        import_year(file, home)

    assert all(sentence in refused.value.said.zh for sentence in sentences)
    assert str(file) in refused.value.said.zh and str(file) in refused.value.said.en
    assert not home.exists()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "第1行应为表头"),
        (b"date;type\n", "第1行应为表头"),
        (b"PK\x03\x04\x00\x00\xff\xfe" * 20, "不是文本文件"),
        (b"x" * 1_000_001, "过大"),
        (b'"' + b"x" * 200_000, "不是 CSV 表格"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_a_sentence(
    data: bytes, sentence: str, write: Write, home: Path
) -> None:
    with pytest.raises(Refusal) as refused:
        import_year(write("2027.csv", data), home)

    assert sentence in refused.value.said.zh


def test_a_missing_file_is_said_to_be_missing(home: Path) -> None:
    with pytest.raises(Refusal) as refused:
        read_text(home / "no.txt")

    assert "打不开" in refused.value.said.zh


def test_only_a_year_that_is_there_can_be_amended(write: Write, home: Path) -> None:
    file = write("2027.csv", "day,kind,name\n2027-09-16,off,中秋节\n")

    with pytest.raises(Refusal) as refused:
        import_year(file, home, amend=True)

    assert "2027年的放假安排尚未导入，无从调整" in refused.value.said.zh


def test_a_stray_file_among_the_imported_years_is_not_passed_over(write: Write, home: Path) -> None:
    target = import_year(write("2027.txt", NOTICE_2027), home).target
    target.with_name("2028 副本.csv").write_text("day,kind,name\n", encoding="utf-8")

    with pytest.raises(Refusal) as refused:
        load_calendar("china", home)

    assert "2028 副本.csv" in refused.value.said.zh


def test_a_calendar_that_cannot_be_written_leaves_nothing_behind(write: Write, tmp_path: Path) -> None:
    home = tmp_path / "occupied"
    home.write_text("a file where the folder should be", encoding="utf-8")

    with pytest.raises(Refusal) as refused:
        write_days(home / "calendars" / "china" / "2027.csv", [ListedDay(date(2027, 1, 1), False, "元旦")])

    assert "无法写入" in refused.value.said.zh
    assert home.read_text(encoding="utf-8") == "a file where the folder should be"


def test_a_name_of_a_day_is_kept_without_what_nobody_sees(tmp_path: Path):
    file = tmp_path / "local.csv"
    file.write_text("day,kind,name\n2026-03-03,off,三月\u202e三\x1b[31m\u200b\n", encoding="utf-8")
    assert [listed.name for listed in read_days(file)] == ["三月三[31m"]
