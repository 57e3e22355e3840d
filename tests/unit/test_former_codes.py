"""Codes that offices had before divisions were changed, followed through one change after another."""

from __future__ import annotations

from models.former_codes import FormerCodes


def test_a_code_leads_through_all_later_changes_to_the_one_of_now() -> None:
    former = FormerCodes.of([(1, "990101001", "990101101"), (2, "990101101", "990102101")])

    assert former.became("990101001") == ("990102101",)
    assert former.became("990101101") == ("990102101",)
    assert former.became("990102101") == ("990102101",)
    assert former.lineage("990102101") == ("990102101", "990101101", "990101001")


def test_a_split_office_leads_to_all_its_parts_and_each_of_them_back_to_it() -> None:
    former = FormerCodes.of(
        [(1, "990101001", "990101001"), (1, "990101001", "990101009"), (2, "990101009", "990101010")]
    )

    assert former.became("990101001") == ("990101001", "990101010")
    assert former.lineage("990101010") == ("990101010", "990101009", "990101001")
    assert former.lineage("990101001") == ("990101001",)


def test_a_code_that_came_back_to_its_office_means_that_office_again() -> None:
    former = FormerCodes.of([(1, "990101001", "990101101"), (2, "990101101", "990101001")])

    assert former.became("990101001") == ("990101001",)
    assert former.became("990101101") == ("990101001",)
    assert former.lineage("990101001") == ("990101001", "990101101")


def test_what_was_never_changed_is_what_it_was() -> None:
    assert FormerCodes().became("990101001") == ("990101001",)
    assert FormerCodes().lineage("990101001") == ("990101001",)
    assert not FormerCodes.of([(1, "990101001", "990101101")]).holds("990101101", "990101001")


def test_an_office_is_a_part_where_anything_merged_on_the_way() -> None:
    former = FormerCodes.of(
        [(1, "990101001", "990101101"), (2, "990101101", "990101200"), (2, "990101002", "990101200")]
    )

    assert former.is_part("990101001")
    assert former.is_part("990101002")
    assert not former.is_part("990101200")
    assert not FormerCodes.of([(1, "990101001", "990101101")]).is_part("990101001")
