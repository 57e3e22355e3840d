"""The chain of the audit trail: whatever is done to it afterwards shows at its place."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from models.rules.oversight.trail_chain import START, ChainedRecord, chained, first_fault

ACTS = ("load", "report", "ack", "waive", "signature")


def chain(count: int) -> list[ChainedRecord]:
    """A trail of `count` acts."""
    records: list[ChainedRecord] = []
    previous = START
    for number in range(1, count + 1):
        about = {"case": number, "reason": f"理由{number}", "until": None, "lines": [1, 2]}
        records.append(
            chained(
                number=number,
                at=1_596_000_000_000_000 + number,
                act=ACTS[number % 5],
                author=f"张{number}",
                about=about,
                previous=previous,
            )
        )
        previous = records[-1].hash
    return records


def test_an_untouched_chain_has_no_fault():
    assert first_fault(chain(9)) is None
    assert first_fault([]) is None


def test_a_part_of_the_chain_is_whole_where_its_place_is_known():
    records = chain(9)
    assert first_fault(records[4:7], previous=records[3].hash, after=4) is None
    assert first_fault(records[4:7]) is not None


@given(st.integers(3, 9), st.data())
def test_a_deleted_record_is_named(count: int, data: st.DataObject):
    records = chain(count)
    gone = data.draw(st.integers(1, count - 1))
    fault = first_fault(records[: gone - 1] + records[gone:])
    assert fault is not None
    assert fault.id == gone


@given(st.integers(3, 9), st.data())
def test_two_records_that_changed_places_are_found(count: int, data: st.DataObject):
    records = chain(count)
    first = data.draw(st.integers(0, count - 2))
    records[first], records[first + 1] = records[first + 1], records[first]
    fault = first_fault(records)
    assert fault is not None
    assert fault.id == first + 1


@given(st.integers(2, 9), st.data())
def test_a_record_written_in_between_is_found_though_its_own_hash_is_right(count: int, data: st.DataObject):
    records = chain(count)
    place = data.draw(st.integers(1, count - 1))
    slipped = chained(
        number=place + 1, at=1, act="waive", author="某人", about={"case": 7}, previous=records[place - 1].hash
    )
    moved = [replace(record, id=record.id + 1) for record in records[place:]]
    fault = first_fault([*records[:place], slipped, *moved])
    assert fault is not None
    assert fault.id == place + 2


@given(st.integers(1, 6), st.data())
def test_any_single_byte_edit_of_any_field_is_found_at_its_record(count: int, data: st.DataObject):
    records = chain(count)
    place = data.draw(st.integers(0, count - 1))
    name = data.draw(st.sampled_from(["at", "act", "author", "about", "previous", "hash"]))
    value = getattr(records[place], name)
    if name == "at":
        edited: object = value ^ (1 << data.draw(st.integers(0, 50)))
    else:
        raw = bytearray(value.encode())
        if not raw:
            raw = bytearray(b"0")
        else:
            raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        edited = raw.decode(errors="replace")
    records[place] = replace(records[place], **{name: edited})
    fault = first_fault(records)
    assert fault is not None
    assert fault.id == place + 1


def test_other_spellings_of_the_same_content_count_as_edits():
    record = chain(1)[0]
    for about in (record.about.replace(":", ": ", 1), record.about.replace("理", "\\u7406"), record.about + " "):
        assert about != record.about
        assert first_fault([replace(record, about=about)]) is not None


def test_a_record_that_cannot_be_read_is_named():
    records: list[ChainedRecord | int] = [*chain(3)]
    records[1] = 2
    fault = first_fault(records)
    assert fault is not None
    assert fault.id == 2
