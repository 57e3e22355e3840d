"""A new key in front of the old one: everybody is still reached, under the same names, and a reload ends the need of the old."""

import logging
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import text
from standins.webhook import JsonSink
from worlds.campaign import Campaign, at
from worlds.deliveries import MORNING, assert_sound, morning, notices, send, states

from tasks.loading.load import Files, load

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
COUNT = 3


@pytest.fixture
def sink():
    with JsonSink() as standin:
        yield standin


@pytest.fixture
def loaded_under_old(tmp_path, database_url, sink):
    """Three townships that are each owed a notice, their channels locked under OLD."""
    return morning(tmp_path, database_url, COUNT, lambda code: sink.json_url(f"hidden-{code}"), key=OLD)


def with_keys(campaign: Campaign, *keys: str) -> Campaign:
    """The same database, opened by a process that has these keys, the newest first."""
    settings = campaign.settings.model_copy(update={"key": SecretStr(",".join(keys))})
    return replace(campaign, store=replace(campaign.store, settings=settings), settings=settings)


def reload(campaign: Campaign) -> dict[str, int]:
    """Load the same file of contacts again; what that changed."""
    return load(campaign.store, Files(contacts=campaign.folder / "contacts.csv"), at(MORNING)).contacts


def rows(campaign: Campaign) -> list[tuple[object, ...]]:
    """All that is known of each contact but the locked channel."""
    query = "SELECT id, unit, role, name, person, address, shown, quiet, place FROM contacts ORDER BY id"
    with campaign.store.reading() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def sealed(campaign: Campaign) -> list[bytes]:
    with campaign.store.reading() as connection:
        return [row.channel for row in connection.execute(text("SELECT channel FROM contacts ORDER BY id"))]


NOTHING = {"added": 0, "changed": 0, "removed": 0}


def test_with_a_new_key_in_front_all_channels_still_send(loaded_under_old, sink):
    both = with_keys(loaded_under_old, NEW, OLD)
    send(both)
    assert states(both) == {"accepted": COUNT}
    assert len(sink.accepted) == COUNT
    assert_sound(both)


@pytest.mark.parametrize("left", [(NEW, OLD), (NEW,)], ids=["old key kept", "old key dropped"])
def test_after_a_reload_the_old_key_is_needed_no_more(loaded_under_old, sink, left):
    before, both = rows(loaded_under_old), with_keys(loaded_under_old, NEW, OLD)
    assert reload(both) == NOTHING
    assert rows(both) == before
    assert all(both.store.keeper.under_first(channel) for channel in sealed(both))
    after = with_keys(both, *left)
    send(after)
    assert states(after) == {"accepted": COUNT}
    assert len(sink.accepted) == COUNT


def test_a_reload_under_the_same_keys_locks_nothing_anew(loaded_under_old):
    before = sealed(loaded_under_old)
    assert reload(loaded_under_old) == NOTHING
    assert sealed(loaded_under_old) == before


def test_a_rehearsed_reload_leaves_the_locks_as_they_are(loaded_under_old):
    before, both = sealed(loaded_under_old), with_keys(loaded_under_old, NEW, OLD)
    load(both.store, Files(contacts=both.folder / "contacts.csv"), at(MORNING), dry_run=True)
    assert sealed(both) == before


def test_a_new_contact_is_locked_under_the_new_key_and_named_as_before(loaded_under_old, sink):
    both = with_keys(loaded_under_old, NEW, OLD)
    file = both.folder / "contacts.csv"
    file.write_text(file.read_text(encoding="utf-8") + f"99,leader,主任,{sink.json_url('new')}\n", encoding="utf-8")
    assert reload(both) == {**NOTHING, "added": 1}
    assert all(both.store.keeper.under_first(channel) for channel in sealed(both))
    assert rows(both)[-1][5] == loaded_under_old.store.keeper.address(sink.json_url("new"))


def test_the_old_key_dropped_too_early_makes_notices_locked_and_a_reload_heals_it(loaded_under_old, sink):
    early = with_keys(loaded_under_old, NEW)
    send(early)
    assert sink.accepted == []
    assert {notice["code"] for notice in notices(early)} >= {"locked"}
    assert reload(early) == {**NOTHING, "added": len(rows(early)), "removed": len(rows(early))}
    assert all(early.store.keeper.under_first(channel) for channel in sealed(early))


def test_a_key_lost_from_the_front_is_healed_by_a_reload_without_a_new_name(loaded_under_old, sink):
    both = with_keys(loaded_under_old, OTHER, OLD)
    reload(both)
    lost, before = with_keys(both, NEW, OLD), rows(both)
    assert reload(lost) == NOTHING
    assert rows(lost) == before
    send(lost)
    assert states(lost) == {"accepted": COUNT}


def test_neither_key_nor_channel_is_logged_while_the_key_changes(loaded_under_old, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    both = with_keys(loaded_under_old, NEW, OLD)
    reload(both)
    done = send(both)
    seen = f"{caplog.text} {capsys.readouterr()} {done!r} {both!r} {both.store.keeper!r}"
    assert [secret for secret in (OLD, NEW, "hidden-") if secret in seen] == []
