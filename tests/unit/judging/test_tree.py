"""Who is below whom, by the lines of command and not by the codes."""

from __future__ import annotations

import polars as pl

from models.rules.judging.tree import above, below, circles, ranges_below, row_numbers


def offices(**superiors: str | None) -> pl.DataFrame:
    """Offices given as u13=None, u1301="13"."""
    rows = [(name.removeprefix("u"), superior) for name, superior in superiors.items()]
    return pl.DataFrame(rows, schema={"unit": pl.String, "superior": pl.String}, orient="row").with_columns(
        name=pl.col("unit"), level=pl.lit("county")
    )


SMALL = offices(u13=None, u1301="13", u130102="1301", u130102001="130102", u139001="13", u14=None)


def test_an_office_answers_to_itself_and_to_all_above_it() -> None:
    pairs = above(SMALL).filter(pl.col("unit") == "130102001").sort("depth")

    assert pairs.select("ancestor", "depth").rows() == [("130102001", 0), ("130102", 1), ("1301", 2), ("13", 3)]


def test_a_row_is_found_whatever_names_came_before() -> None:
    among = pl.Series(["99", "990101", "990102", "9901"])
    for wanted in (["990102", None, "9901"], ["77", "990101"], ["99"], []):
        found = row_numbers(pl.Series(wanted, dtype=pl.String), among).to_list()
        assert found == [among.to_list().index(name) if name in among.to_list() else None for name in wanted]


def test_below_an_office_is_everyone_who_answers_to_it_in_the_order_given() -> None:
    assert below(SMALL, "13")["unit"].to_list() == ["13", "1301", "130102", "130102001", "139001"]
    assert below(SMALL, "130102")["unit"].to_list() == ["130102", "130102001"]
    assert below(SMALL, "14")["unit"].to_list() == ["14"]
    assert below(SMALL, "99")["unit"].to_list() == []


def test_command_and_not_the_code_decides() -> None:
    shihezi = offices(u65=None, u66=None, u659001="66", u659001001="659001")

    assert below(shihezi, "66")["unit"].to_list() == ["66", "659001", "659001001"]
    assert below(shihezi, "65")["unit"].to_list() == ["65"]


def test_below_the_first_office_are_all_only_where_no_other_answers_to_nobody_there() -> None:
    province = {"u13": None, "u1301": "13", "u130102": "1301"}
    elsewhere = {"u139001": "14"}

    assert below(offices(**province), "13")["unit"].to_list() == ["13", "1301", "130102"]
    assert below(offices(**province, **elsewhere), "13")["unit"].to_list() == ["13", "1301", "130102"]
    assert below(offices(**province, u14=None, **elsewhere), "13")["unit"].to_list() == ["13", "1301", "130102"]


def test_a_long_chain_of_command_is_followed_to_its_end() -> None:
    chain = offices(u100=None, **{f"u{n}": str(n - 1) for n in range(101, 140)})

    assert below(chain, "100").height == 40
    assert above(chain).filter(pl.col("unit") == "139").height == 40


def test_offices_that_are_each_other_s_superiors_are_found() -> None:
    assert circles(SMALL) == []
    assert circles(offices(u1="2", u2="3", u3="1", u4="3", u5=None)) == ["1", "2", "3"]
    assert circles(offices(u1="1")) == ["1"]
    assert circles(offices(u1="2", u2="1", u3="4", u4="3")) == ["1", "2", "3", "4"]


def test_codes_behind_the_last_of_a_province_are_its_own_and_those_of_the_next_province_are_not() -> None:
    units = pl.DataFrame({"unit": ["54", "5401", "61", "6101"], "superior": [None, "54", None, "61"]})
    for known in (units, units.head(2)):
        ((first, end),) = ranges_below(known, "54")
        assert [first <= code < end for code in ("54", "549999999", "55", "61", "6101")] == [
            True,
            True,
            False,
            False,
            False,
        ]
