"""What offices send by mistake: each time one clear sentence with place and cure, code 2, and nothing half stored."""

from __future__ import annotations

import os
import sqlite3
import zipfile
from io import BytesIO

import pytest
from worlds.clerk import UNITS, Answer, Clerk

PLAN = """\
census: trial
title: 试验普查
standard_time: 2020-11-01
indicators:
  staff: {title: 两员, level: township, roll_up: sum, min: 0}
ladders:
  standard: [{id: overdue, at: +0d, to: [unit.owner]}]
phases:
  - id: recruitment
    title: 两员选聘
    starts: T-120d
    ends: T-73d
    requirements:
      - {id: staff, title: 两员, judged_at: township, met_when: "staff >= 10", due: T-73d, ladder: standard}
"""


@pytest.fixture
def loaded(clerk: Clerk) -> Clerk:
    clerk.load(PLAN, UNITS, "130101001,owner,王一,json://127.0.0.1:9/x\n")
    return clerk


def rows(clerk: Clerk) -> dict[str, int]:
    """How many rows each table holds."""
    with sqlite3.connect(clerk.folder / "home" / "pucha.db") as database:
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: database.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in names}


def sentences(answer: Answer) -> list[str]:
    """The sentences of a refusal: code 2, nothing on standard output, nothing like a traceback."""
    assert answer.code == 2, answer
    assert answer.out == ""
    assert "Traceback" not in answer.err
    assert "Error" not in answer.err
    return answer.err.strip().splitlines()


def workbook(*table: tuple[object, ...]) -> bytes:
    import xlsxwriter

    target = BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(table):
            sheet.write_row(number, 0, row)
    return target.getvalue()


# units


def test_units_may_come_as_gbk_with_a_mark_or_as_a_workbook(clerk: Clerk) -> None:
    clerk.file("plan.yaml", PLAN)
    files = {
        "gbk.csv": UNITS.encode("gb18030"),
        "bom.csv": b"\xef\xbb\xbf" + UNITS.encode(),
        "crlf.csv": UNITS.replace("\n", "\r\n").encode(),
        "semicolons.csv": UNITS.replace(",", ";").encode(),
        "chinese.csv": UNITS.replace("code,name", "区划代码,名称").encode(),
        "book.xlsx": workbook(*(tuple(line.split(",")) for line in UNITS.splitlines())),
        "numbers.xlsx": workbook(
            ("code", "name"),
            *((int(code), name) for code, name in (line.split(",") for line in UNITS.splitlines()[1:])),
        ),
    }
    assert clerk("load", "--plan", "plan.yaml", "--units", clerk.file("plain.csv", UNITS)).code == 0

    for name, content in files.items():
        again = clerk.json("load", "--units", clerk.file(name, content))

        assert again["units"] == {"added": 0, "changed": 0, "removed": 0}, name


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            UNITS + "130103001,辛镇\n",
            "units.csv 第 9 行：130103001 的上级 130103 不在表中，请补上该单位或填写 superior 一栏",
        ),
        (UNITS + "130101,丙县\n", "units.csv 第 9 行：代码 130101 重复，请只保留一行"),
        (
            UNITS + "1301O3,辛县\n",
            "units.csv 第 9 行：“1301O3”不是单位代码，应为 2、4、6、9 或 12 位数字（在表格软件中请把该列设为文本）",
        ),
        (UNITS + "130103,\n", "units.csv 第 9 行：130103 缺名称"),
        (UNITS.replace("code", "kode"), "units.csv：不认识“kode”一栏，可用：code、name、level、superior、kind"),
        ("code,name\n", "units.csv 里没有单位"),
        ("", "units.csv 是空文件，请检查导出是否成功"),
        ("code,name,superior\n13,甲省,14\n14,乙省,13\n", "units.csv：13、14 互为上级，请改正 superior 一栏"),
        (UNITS + '130103,"辛县\n', "units.csv 第 9 行引号不配对，请检查该行的英文双引号"),
        (
            UNITS + "130103,辛县,x\n",
            "units.csv 第 9 行的单元格多于表头，请检查该行的逗号（数字不要写千分位，含逗号的内容要加引号）",
        ),
    ],
)
def test_units_that_cannot_be_are_refused_with_row_and_cure(loaded: Clerk, content: str, said: str) -> None:
    before = rows(loaded)

    answer = loaded("load", "--units", loaded.file("units.csv", content))

    assert sentences(answer) == [said]
    assert rows(loaded) == before


def test_all_faults_of_a_units_file_are_told_at_once(loaded: Clerk) -> None:
    answer = loaded("load", "--units", loaded.file("units.csv", UNITS + "x,甲\n130103,\n130101,又\n"))

    assert [sentence.split("：")[0] for sentence in sentences(answer)] == [f"units.csv 第 {n} 行" for n in (9, 10, 11)]


def test_superiors_and_contacts_must_name_offices_that_are_there(loaded: Clerk) -> None:
    before = rows(loaded)
    loaded.file("superiors.csv", "code,superior,line\n130101,66,business\n130101,13,army\n13,130101,business\n")
    loaded.file(
        "contacts.csv",
        "unit,role,name,channel\n130199,owner,王,json://host/secret\n130101,boss,王,json://host/secret\n130101,owner,王,\n",
    )

    superiors = sentences(loaded("load", "--superiors", "superiors.csv"))
    contacts = sentences(loaded("load", "--contacts", "contacts.csv"))

    assert superiors == [
        "superiors.csv 第 2 行：没有单位 66，请核对代码",
        "superiors.csv 第 3 行：条线“army”应为 business 或 government",
        "superiors.csv 第 4 行：130101 是 13 的下级，不能又是其上级",
    ]
    assert contacts == [
        "contacts.csv 第 2 行：没有单位 130199，请核对代码",
        "contacts.csv 第 3 行：角色“boss”应为 owner（经办人）、leader（办公室主任）或 head（领导小组组长）",
        "contacts.csv 第 4 行：缺联系渠道",
    ]
    assert rows(loaded) == before


@pytest.mark.parametrize(
    "channel",
    [
        "gopher://secret/x",
        "file:///secret",
        "secret",
        "json://",
        "wecombot://",
        "mailto://secret@",
        "javascript://secret",
        "ntfy://secret",
        "json://8.8.8.8/secret",
    ],
)
def test_a_channel_that_cannot_be_used_is_refused_without_showing_it(loaded: Clerk, channel: str) -> None:
    before = rows(loaded)

    answer = loaded(
        "load", "--contacts", loaded.file("contacts.csv", f"unit,role,name,channel\n130101001,owner,王,{channel}\n")
    )

    (said,) = sentences(answer)
    assert said.startswith("contacts.csv 第 2 行：")
    assert "secret" not in said
    assert rows(loaded) == before


def test_of_a_load_of_several_files_all_or_nothing_is_kept(loaded: Clerk) -> None:
    before = rows(loaded)
    loaded.file("plan.yaml", PLAN.replace("staff >= 10", "staff >= 12"))
    loaded.file("units.csv", UNITS + "130103,辛县\n")
    loaded.file("contacts.csv", "unit,role,name,channel\n130199,owner,王,json://127.0.0.1:9/x\n")

    answer = loaded("load", "--plan", "plan.yaml", "--units", "units.csv", "--contacts", "contacts.csv")

    sentences(answer)
    assert rows(loaded) == before
    assert loaded.json("explain", "130101001", "staff")["met_when"] == "staff >= 10"


# plans


def test_every_fault_of_a_plan_is_told_before_anything_is_loaded(loaded: Clerk) -> None:
    before = rows(loaded)
    loaded.file("plan.yaml", PLAN.replace("roll_up: sum", "rollup: sum").replace("staff >= 10", "staf >= 10"))

    told = sentences(loaded("load", "--plan", "plan.yaml"))

    assert [sentence.split("：")[0] for sentence in told] == ["plan.yaml:5", "plan.yaml:5", "plan.yaml:14"]
    assert rows(loaded) == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00\x01", "plan.yaml 不是 UTF-8 文本"),
        (PLAN.encode("gb18030"), "plan.yaml 不是 UTF-8 文本，请另存为 UTF-8"),
        (b"", "plan.yaml:1：方案文件是空的"),
        (b"a: [\n", "不是合规的 YAML：括号没有配对"),
        (("x: " + "[" * 50_000).encode(), "plan.yaml:1：层次过深"),
        (b"PK\x03\x04rubbish", "plan.yaml:1：含有不可见的控制字符"),
    ],
)
def test_what_is_no_plan_is_refused_in_a_sentence(loaded: Clerk, content: bytes, said: str) -> None:
    loaded.file("plan.yaml", content)

    assert said in sentences(loaded("load", "--plan", "plan.yaml"))[0]


def test_another_census_is_refused_in_the_same_database(loaded: Clerk) -> None:
    loaded.file("plan.yaml", PLAN.replace("census: trial", "census: other"))

    assert sentences(loaded("load", "--plan", "plan.yaml")) == [
        "本库存放的是 trial，不能装载 other；请为新的普查另设 PUCHA_HOME 或 PUCHA_DATABASE_URL"
    ]


def test_an_unknown_working_calendar_is_refused_with_its_line(loaded: Clerk) -> None:
    loaded.file("plan.yaml", PLAN.replace("title: 试验普查", "title: 试验普查\ncalendar: chian"))

    checked = loaded("plan", "check", "plan.yaml", "--json")

    assert (checked.code, checked.data["errors"][0]["line"]) == (2, 3)
    assert "没有名为“chian”的工作日历" in sentences(loaded("load", "--plan", "plan.yaml"))[0]


# reports


def test_a_report_of_respondents_is_refused_whole_and_its_data_never_printed(loaded: Clerk) -> None:
    before = rows(loaded)
    loaded.file("report.csv", "code,staff,备注\n130101001,5,\n130101002,5,11010519491231002X\n")

    answer = loaded("report", "report.csv", "--as-of", "2020-08-01", "--by", "丙县")

    (said,) = sentences(answer)
    assert "11010519491231002X" not in said
    assert rows(loaded) == before


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
        ("broken.xlsx", b"PK\x03\x04 not a workbook"),
        ("broken.parquet", b"PAR1 rubbish PAR1"),
        ("broken.jsonl", b'{"code": "130101001", "staff": }\n'),
        ("old.xls", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600),
        ("nocode.csv", b"staff\n5\n"),
        ("unknown.csv", b"code,stuff\n130101001,5\n"),
    ],
)
def test_a_report_that_cannot_be_read_is_refused_in_a_sentence(loaded: Clerk, name: str, content: bytes) -> None:
    before = rows(loaded)

    answer = loaded("report", loaded.file(name, content), "--as-of", "2020-08-01", "--by", "丙县")

    assert name in sentences(answer)[0]
    assert rows(loaded) == before


@pytest.mark.parametrize(
    "command",
    [
        "plan check PIPE",
        "load --plan PIPE",
        "load --units PIPE",
        "load --superiors PIPE",
        "load --contacts PIPE",
        "report PIPE --as-of 2020-08-01T00:00 --by 王一",
        "calendar import PIPE",
        "audit verify --file PIPE",
        "audit verify --against PIPE",
    ],
)
def test_no_command_waits_for_a_pipe_or_reads_a_device_without_end(loaded: Clerk, command: str) -> None:
    pipe = loaded.folder / "pipe"
    os.mkfifo(pipe)
    for file in (str(pipe), "/dev/zero"):
        answer = loaded(*(file if word == "PIPE" else word for word in command.split()))
        assert (answer.code, "不是普通文件" in answer.err) == (2, True), answer.err


def test_a_zip_bomb_is_refused_at_once(loaded: Clerk) -> None:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 300_000_000)

    answer = loaded("report", loaded.file("bomb.xlsx", target.getvalue()), "--as-of", "2020-08-01", "--by", "丙县")

    assert "bomb.xlsx" in sentences(answer)[0]


@pytest.mark.parametrize("as_of", ["", "yesterday", "17:00", "2020-2-30", "2020-08"])
def test_a_report_of_no_moment_is_refused(loaded: Clerk, as_of: str) -> None:
    answer = loaded("report", loaded.file("report.csv", "code,staff\n130101001,5\n"), "--as-of", as_of, "--by", "丙县")

    assert sentences(answer) == [f"时间“{as_of}”无法读懂，应写作 2020-11-05 或 2020-11-05T17:00"]


@pytest.mark.parametrize(
    "words",
    [
        ("watch",),
        ("audit", "ledger"),
        ("report", "report.csv", "--by", "丙县"),
        ("ack", "1", "--by", "王一"),
        ("waive", "1", "--by", "王一", "--reason", "合并"),
        ("extend", "1", "--by", "王一", "--reason", "水灾", "--until", "2190-02-01"),
        ("sign-exit", "recruitment", "--unit", "130101", "--by", "王一", "--reason", "已完成"),
        ("sign", "1", "--by", "王一"),
        ("sign", "1", "--by", "王一", "--code", "123456"),
        ("return", "1", "--by", "王一", "--reason", "请重拟"),
    ],
    ids=" ".join,
)
def test_whatever_is_written_down_is_refused_for_a_moment_far_ahead(loaded: Clerk, words: tuple[str, ...]) -> None:
    loaded.file("report.csv", "code,staff\n130101001,5\n")
    before = rows(loaded)

    answer = loaded(*words, "--as-of", "2190-01-01T09:00")

    assert ["2190-01-01 09:00 晚于本机时钟" in line for line in sentences(answer)] == [True]
    assert rows(loaded) == before


def test_a_report_of_nobody_is_refused(loaded: Clerk) -> None:
    answer = loaded(
        "report", loaded.file("report.csv", "code,staff\n130101001,5\n"), "--as-of", "2020-08-01", "--by", "  "
    )

    assert sentences(answer) == ["请用 --by 注明报送人"]


# databases and folders


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("watch",),
        ("cases",),
        ("notices",),
        ("explain", "13", "x"),
        ("report", "plan.yaml", "--as-of", "2020-08-01", "--by", "a"),
    ],
)
def test_before_the_first_load_every_command_says_what_to_do(clerk: Clerk, command: tuple[str, ...]) -> None:
    clerk.file("plan.yaml", PLAN)

    (said,) = sentences(clerk(*command))

    assert said.endswith("中还没有普查数据，请先执行 pucha load")
    assert not (clerk.folder / "home").exists()


def test_units_without_a_plan_are_kept_and_the_plan_asked_for(clerk: Clerk) -> None:
    assert clerk("load", "--units", clerk.file("units.csv", UNITS)).code == 0

    assert "本库还没有普查方案" in sentences(clerk("status"))[0]


def test_a_plan_without_units_says_so(clerk: Clerk) -> None:
    assert clerk("load", "--plan", clerk.file("plan.yaml", PLAN)).code == 0

    assert sentences(clerk("status")) == ["单位表是空的，请先执行 pucha load"]


def test_a_file_that_is_no_database_is_left_alone(clerk: Clerk) -> None:
    clerk.file("notes.txt", "not a database, but the notes of an office\n" * 50)
    clerk.set("PUCHA_DATABASE_URL", f"sqlite:///{clerk.folder / 'notes.txt'}")
    clerk.file("plan.yaml", PLAN)

    for arguments in (("status",), ("load", "--plan", "plan.yaml")):
        assert sentences(clerk(*arguments)) == ["数据库文件已损坏或不是普查数据库"]
    assert (clerk.folder / "notes.txt").read_text(encoding="utf-8").startswith("not a database")


def test_a_database_of_a_newer_program_is_left_alone(loaded: Clerk) -> None:
    with sqlite3.connect(loaded.folder / "home" / "pucha.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()

    for arguments in (("status",), ("load", "--plan", "plan.yaml"), ("watch",)):
        (said,) = sentences(loaded(*arguments))
        assert "9999" in said
        assert said.endswith("新，请升级程序后再用")


def test_a_database_of_something_else_is_told_to_hold_no_campaign(clerk: Clerk) -> None:
    with sqlite3.connect(clerk.folder / "other.db") as database:
        database.execute("CREATE TABLE ledger (amount)")
    database.close()
    clerk.set("PUCHA_DATABASE_URL", f"sqlite:///{clerk.folder / 'other.db'}")

    assert sentences(clerk("status")) == ["数据库里还没有普查数据，请先执行 pucha load"]


@pytest.mark.parametrize(
    "address",
    [
        "nonsense",
        "mysql://clerk:s3cret@db/x",
        "oracle://clerk:s3cret@db/x",
        "postgresql+psycopg://clerk:s3cret@127.0.0.1:port/x",
        "postgresql://clerk:s3cret@127.0.0.1:1/x",
        "sqlite:////nowhere/at/all/x.db",
    ],
)
def test_a_database_that_cannot_be_reached_is_told_without_its_address(clerk: Clerk, address: str) -> None:
    clerk.set("PUCHA_DATABASE_URL", address)

    (said,) = sentences(clerk("load", "--plan", clerk.file("plan.yaml", PLAN)))

    assert "PUCHA_DATABASE_URL" in said
    assert "s3cret" not in said


def test_a_home_that_is_a_file_is_told(clerk: Clerk) -> None:
    clerk.file("home", "a file stands where the folder should be")

    (said,) = sentences(clerk("load", "--plan", clerk.file("plan.yaml", PLAN)))

    assert said == f"无法读写 {clerk.folder / 'home'}：同名文件已存在"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PUCHA_LANG", "fr", "设置有误：PUCHA_LANG 应为 zh 或 en（见 .env.sample）"),
        ("PUCHA_SEND_TIMEOUT", "soon", "设置有误：PUCHA_SEND_TIMEOUT 的值不能用（见 .env.sample）"),
        ("PUCHA_UNKNOWN", "panic", "设置有误：PUCHA_UNKNOWN 应为 resend 或 leave（见 .env.sample）"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_what_it_may_be(
    loaded: Clerk, name: str, value: str, said: str
) -> None:
    loaded.set(name, value)

    assert sentences(loaded("status")) == [said]


def test_an_empty_setting_counts_as_not_set(loaded: Clerk) -> None:
    for name in ("PUCHA_LANG", "PUCHA_ADMIN_CHANNEL", "PUCHA_SEND_TIMEOUT"):
        loaded.set(name, "")

    assert loaded("status").code == 0


def test_a_key_of_another_installation_is_told_and_never_shown(loaded: Clerk) -> None:
    loaded.set("PUCHA_KEY", "short-s3cret")

    (said,) = sentences(loaded("load", "--contacts", "contacts.csv"))

    assert "PUCHA_KEY" in said
    assert "s3cret" not in said
