"""What a plan is written in: YAML with its faults, signs that only look right, encodings, and files that are none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from worlds.plan_texts import BASE, faults, only, reader

from models.plan.files import read_plan, read_plan_files
from models.plan.yaml_lines import YamlFault, read_yaml
from models.wording import Refusal


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "the plan file is empty"),
        ("# 只有注释\n", 1, "the plan file is empty"),
        ("- a\n- b\n", 1, "a mapping of keys"),
        ("试验普查\n", 1, "a mapping of keys"),
        ("census: a\n\ttitle: b\n", 2, "a tab"),
        ("census: a: b\n", 1, "two colons"),
        ('census: "a\ntitle: b\n', 1, "a quote"),
        ("census: {a: b\ntitle: c\n", 1, "a bracket"),
        ("census: a\ntitle：甲\nphases: []\n", 3, "a plain “:”"),
        ("census: *nobody\n", 1, "no &nobody"),
        ("census: &a [*a]\n", 1, "no &a"),
        ("census: a\n---\ncensus: b\n", 2, "a second document"),
        ("census: !!python/object:os.system a\n", 1, "a tag"),
        ("? [a, b]\n: c\n", 1, "must stand a name"),
        ("census: a\ntitle: b\x07\n", 2, "control character"),
        ('census: a\ntitle: "b\\0"\n', 2, "control character"),
        ("a: " + "[" * 100_000 + "]" * 100_000, 1, "nested too deeply"),
        ("census: @a\n", 1, "must be quoted"),
    ],
)
def test_what_is_no_yaml_is_told_with_line_and_cure(text: str, line: int, said: str) -> None:
    found = only(faults(text))

    assert (found[0], said in found[1]) == (line, True), found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a:\n\u00a0 b: 1\n", "U+00A0"),
        ("a:\n\u3000\u3000b: 1\n", "U+3000"),
        ("a:\n  \u200bb: 1\n", "U+200B"),
        ("a:\n  b: 1\u202e\n", "U+202E"),
        ("a:\n  b: ｛c: 1, d: 2｝\n", "全角"),
    ],
)
def test_a_sign_that_only_looks_like_a_plain_one_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(YamlFault) as caught:
        read_yaml(text)
    assert caught.value.line == 2
    assert said in caught.value.said.zh


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("T-200d", "T–200d", "a plain minus"),
        ("at: -7d", "at: −7d", "a plain minus"),
        ('"staff > 0"', "“staff > 0”", "plain"),
    ],
)
def test_a_sign_of_a_word_processor_is_named(old: str, new: str, said: str) -> None:
    assert any(said in fault for _, _, fault in faults(BASE.replace(old, new, 1)))


def test_a_title_is_kept_on_one_line_without_what_nobody_sees() -> None:
    plan = read_plan(
        ("a.yaml",), reader({"a.yaml": BASE.replace("title: 普查准备", 'title: "准\\u202e备\\n　工作"', 1)})
    ).plan
    assert plan.phases[0].title == "准备 工作"


def test_a_pipe_is_no_plan_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "plan.yaml")
    with pytest.raises(Refusal, match="no plain file"):
        read_plan_files(tmp_path / "plan.yaml")


def test_a_repeated_key_is_a_fault_where_it_is_repeated() -> None:
    found = faults(BASE.replace("ladders:\n", "ladders:\n", 1) + "title: 另一个\n")

    assert only(found) == (len(BASE.splitlines()) + 1, "“title” stands twice; keep one")


def test_a_repeated_indicator_is_a_fault_where_it_is_repeated() -> None:
    text = BASE.replace("ladders:", "  funds: {title: 又一笔, level: county, roll_up: sum}\nladders:")

    assert only(faults(text)) == (8, "“funds” stands twice; keep one")


def test_aliases_cannot_make_a_file_grow() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(20)
    )

    assert len(faults(BASE + bomb)) == 21


def test_a_file_far_too_large_is_refused_at_once() -> None:
    assert only(faults("# " + "x" * 5_000_000))[1] == "the file is too large for a plan"


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_bytes(b"\xef\xbb\xbf" + BASE.replace("\n", "\r\n").encode())

    assert len(read_plan_files(tmp_path / "plan.yaml").plan.requirements) == 3


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_a_plan_in_another_encoding_is_refused_with_the_cure(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "plan.yaml").write_bytes(BASE.encode(encoding))

    with pytest.raises(Refusal) as refused:
        read_plan_files(tmp_path / "plan.yaml")

    assert refused.value.said.zh.endswith("不是 UTF-8 文本，请另存为 UTF-8")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as missing:
        read_plan_files(tmp_path / "plan.yaml")
    with pytest.raises(Refusal) as folder:
        read_plan_files(tmp_path)

    assert missing.value.said.zh == f"打不开方案文件 {tmp_path / 'plan.yaml'}：没有这个文件或文件夹"
    assert folder.value.said.zh == f"打不开方案文件 {tmp_path}：是文件夹，不是文件"
