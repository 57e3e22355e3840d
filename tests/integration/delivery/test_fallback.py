"""Who is told instead: a person's next channel, then the superior and the administrator, once."""

import threading

import pytest
from standins.acts import Accept, Refuse, Status
from standins.server import Standin
from standins.webhook import JsonSink
from standins.wecom import WeCom
from worlds.campaign import at
from worlds.deliveries import MORNING, assert_sound, history, morning, notices, owners, send, states
from worlds.plans import TOWNSHIPS_ALWAYS

from tasks.campaign.store import Store, open_store
from tasks.delivery.channel_condition import list_channels
from tasks.delivery.deliver import deliver
from tasks.loading.load import Files, load

pytestmark = pytest.mark.timeout(120)
TOWN = "990101001"


@pytest.fixture
def sink():
    with JsonSink() as standin:
        yield standin


@pytest.fixture
def bots():
    with WeCom() as standin:
        yield standin


def by_channel(sink: JsonSink, towns: int, *channels: str) -> str:
    """The usual owners, and for the first township these channels in order, all of one person."""
    rows = owners(towns, sink.json_url).splitlines()
    others = [row for row in rows if not row.startswith(f"{TOWN},")]
    return "\n".join([*others, *(f"{TOWN},owner,张三,{channel}" for channel in channels)]) + "\n"


def fail(standin: Standin, *paths: str, act=None) -> None:
    """Let the stand-in fail for these paths only."""
    act = act or Status(503)
    standin.decide = lambda request: act if request.path.strip("/") in paths else Accept()


def test_a_permanent_refusal_goes_to_the_next_channel_in_the_same_pass(database_url, tmp_path, sink, bots):
    contacts = by_channel(sink, 1, "wecombot://gone", sink.json_url("second"))
    campaign = morning(tmp_path, database_url, 1, sink.json_url, contacts=contacts, wecombot_url=bots.url)
    bots.next(Refuse(93000, "invalid webhook url"))
    assert send(campaign).delivered == 1
    assert [message.to for message in sink.accepted] == ["/second"]
    assert [(was, state) for was, state, _ in history(campaign, 1)[1:]] == [
        ("planned", "sending"),
        ("sending", "retry"),
        ("retry", "sending"),
        ("sending", "accepted"),
    ]
    assert "wecombot://•••• 93000" in history(campaign, 1)[2][2]
    assert_sound(campaign)


def test_repeated_failure_goes_to_the_next_channel(tmp_path, sink):
    contacts = by_channel(sink, 1, sink.json_url("first"), sink.json_url("second"))
    campaign = morning(tmp_path, None, 1, sink.json_url, contacts=contacts)
    fail(sink, "first")
    for moment in ("2020-08-14T09:00", "2020-08-14T09:01", "2020-08-14T09:03"):
        assert send(campaign, moment).delivered == 0
    assert send(campaign, "2020-08-14T09:08").delivered == 1
    assert [message.to for message in sink.accepted] == ["/second"]


def test_a_channel_that_is_set_aside_is_passed_over_without_being_asked(tmp_path, sink):
    rows = [row for row in owners(3, sink.json_url).splitlines() if not row.startswith("99010100")]
    people = [f"9901010{n:02d},owner,镇{n},{sink.json_url(path)}" for n in (1, 2, 3) for path in ("shared", f"own-{n}")]
    campaign = morning(tmp_path, None, 3, sink.json_url, contacts="\n".join([*rows, *people]) + "\n")
    fail(sink, "shared")
    send(campaign, "2020-08-14T09:00")
    send(campaign, "2020-08-14T09:01")
    assert (sink.calls, sink.accepted) == (6, [])
    assert send(campaign, "2020-08-14T09:03").delivered == 3
    assert sorted(message.to for message in sink.accepted) == ["/own-1", "/own-2", "/own-3"]
    assert sink.calls == 9


def test_without_another_channel_it_goes_to_the_superior_and_the_administrator_once(database_url, tmp_path, sink):
    campaign = morning(tmp_path, database_url, 2, sink.json_url, admin_channel=sink.json_url("admin"))
    fail(sink, TOWN, act=Status(404))
    done = send(campaign)
    assert (done.delivered, done.failed) == (3, 1)
    told = {message.to: message for message in sink.accepted}
    assert set(told) == {"/990101002", "/990101", "/admin"}
    assert "请转告第01001镇（经办人联系不上）：两员选聘到位" in told["/990101"].text
    assert "第01001镇：经办人的联系渠道无法送达（404），通知已转上级。" in told["/admin"].text
    for moment in ("2020-08-14T09:15", "2020-08-14T12:00", "2020-08-17T09:00"):
        campaign.watch(moment)
    assert len(sink.accepted) == 3
    assert_sound(campaign)


@pytest.mark.parametrize("later", ["", "2020-08-14T09:15"], ids=["in one pass", "one after the other"])
def test_the_administrator_hears_of_each_dead_role_of_an_office_once(database_url, tmp_path, sink, later):
    leader = f"{TOWN},leader,李四,{sink.json_url('leader')}\n"
    plan = TOWNSHIPS_ALWAYS.replace("[unit.owner]", "[unit.owner, unit.leader]")
    contacts = owners(1, sink.json_url) + leader
    admin = sink.json_url("admin")
    campaign = morning(tmp_path, database_url, 1, sink.json_url, plan=plan, contacts=contacts, admin_channel=admin)
    if later:
        sink.decide = lambda request: {TOWN: Status(404), "leader": Status(503)}.get(request.path.strip("/"), Accept())
        send(campaign)
    fail(sink, TOWN, "leader", act=Status(404))
    for moment in (later or MORNING, "2020-08-14T10:00", "2020-08-14T11:00"):
        send(campaign, moment)
    told = "".join(message.text for message in sink.accepted if message.to == "/admin")
    assert told.count("第01001镇：经办人的联系渠道无法送达（404）") == 1
    assert told.count("第01001镇：办公室主任的联系渠道无法送达（404）") == 1
    assert_sound(campaign)


def test_two_senders_at_once_tell_the_superior_once(database_url, tmp_path, sink):
    campaign = morning(tmp_path, database_url, 40, sink.json_url, admin_channel=sink.json_url("admin"))
    fail(sink, *(f"990101{n:03d}" for n in range(1, 41)), act=Status(404))
    stores: list[Store] = [campaign.store, *(open_store(campaign.settings) for _ in range(3))]
    threads = [
        threading.Thread(target=deliver, args=(store, campaign.settings, lambda: at(MORNING))) for store in stores
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    send(campaign, "2020-08-14T09:15")
    told = [message for message in sink.accepted if message.to == "/990101"]
    assert sum(message.title.count("请转告") for message in told) == len(told) <= 2
    assert sum(int(message.title.split("请转告")[1].split("项")[0]) for message in told) == 40
    assert states(campaign)["refused"] == 40
    assert_sound(campaign)


def test_a_superior_who_was_told_a_moment_ago_hears_the_rest_together_in_the_next_pass(tmp_path, sink):
    campaign = morning(tmp_path, None, 30, sink.json_url, admin_channel=sink.json_url("admin"), send_concurrency=1)
    fail(sink, *(f"990101{n:03d}" for n in range(1, 31)), act=Status(404))
    send(campaign)
    first = [message.to for message in sink.accepted]
    assert first.count("/990101") <= 1
    send(campaign, "2020-08-14T09:15")
    assert [message.to for message in sink.accepted].count("/990101") <= 2
    assert send(campaign, "2020-08-14T09:30").delivered == 0


def test_where_the_superior_cannot_be_told_either_it_goes_on_up(tmp_path, sink):
    campaign = morning(tmp_path, None, 1, sink.json_url, admin_channel=sink.json_url("admin"))
    fail(sink, TOWN, "990101", act=Status(410))
    send(campaign)
    send(campaign, "2020-08-14T09:15")
    assert sorted(message.to for message in sink.accepted) == ["/9901", "/admin", "/admin"]
    admin = "".join(message.text for message in sink.accepted if message.to == "/admin")
    assert "第01001镇：经办人的联系渠道无法送达（410），通知已转上级。" in admin
    assert "第01县：经办人的联系渠道无法送达（410），通知已转上级。" in admin
    city = next(message for message in sink.accepted if message.to == "/9901")
    assert "请转告第01001镇（经办人联系不上）" in city.text
    assert_sound(campaign)


def test_where_nobody_up_to_the_top_can_be_told_the_administrator_reads_that(tmp_path, sink):
    campaign = morning(tmp_path, None, 1, sink.json_url, admin_channel=sink.json_url("admin"))
    fail(sink, TOWN, "990101", "9901", "99", act=Status(410))
    for moment in (MORNING, "2020-08-14T09:15", "2020-08-14T09:30"):
        send(campaign, moment)
    assert {message.to for message in sink.accepted} == {"/admin"}
    admin = "".join(message.text for message in sink.accepted)
    assert admin.count("通知未能送达任何人") == 1
    assert "试验省：经办人的联系渠道无法送达（410），通知未能送达任何人。请核对联系渠道。" in admin


def test_an_office_without_any_contact_is_not_passed_over_in_silence(tmp_path, sink):
    contacts = "".join(row for row in owners(1, sink.json_url).splitlines(keepends=True) if not row.startswith(TOWN))
    campaign = morning(tmp_path, None, 1, sink.json_url, contacts=contacts, admin_channel=sink.json_url("admin"))
    send(campaign)
    told = {message.to: message.text for message in sink.accepted}
    assert "请转告第01001镇（经办人联系不上）：两员选聘到位：8月20日24时到期" in told["/990101"]
    assert "第01001镇：没有登记经办人，通知已转上级。请补充联系人。" in told["/admin"]


def test_repeated_failure_without_another_channel_goes_up_after_eight_attempts(tmp_path, sink):
    campaign = morning(tmp_path, None, 2, sink.json_url, plan=TOWNSHIPS_ALWAYS, admin_channel=sink.json_url("admin"))
    fail(sink, TOWN)
    moments = ["09:00", "09:01", "09:03", "09:08", "09:23", "09:53", "10:53"]
    for moment in moments:
        send(campaign, f"2020-08-14T{moment}")
    assert notices(campaign)[0]["state"] == "retry"
    send(campaign, "2020-08-14T12:53")
    assert notices(campaign)[0]["state"] == "refused"
    assert sorted(message.to for message in sink.accepted) == ["/990101", "/990101002", "/admin"]
    assert sum(was == "sending" for was, _, _ in history(campaign, 1)) == 8


def test_many_notices_for_one_dead_bot_are_given_up_together_not_one_by_one_for_ever(tmp_path, sink, bots):
    rows = owners(12, sink.json_url).splitlines()
    contacts = "\n".join(
        f"{row.split(',')[0]},owner,镇{row.split(',')[0]},wecombot://dead" if len(row.split(",")[0]) == 9 else row
        for row in rows
    )
    campaign = morning(
        tmp_path,
        None,
        12,
        sink.json_url,
        contacts=contacts + "\n",
        plan=TOWNSHIPS_ALWAYS,
        wecombot_url=bots.url,
        admin_channel=sink.json_url("admin"),
    )
    bots.decide = lambda _: Status(500)
    for hour in range(9, 24):
        for minute in range(0, 60, 5):
            send(campaign, f"2020-08-14T{hour:02d}:{minute:02d}")
    assert states(campaign)["refused"] == 12
    told = [message for message in sink.accepted if message.to == "/990101"]
    assert sum(int(message.title.split("请转告")[1].split("项")[0]) for message in told) == 12
    assert bots.calls < 12 * 8
    assert_sound(campaign)


def test_contacts_are_looked_up_when_a_notice_is_sent(tmp_path, sink):
    campaign = morning(tmp_path, None, 1, sink.json_url)
    sink.next(Status(503))
    send(campaign)
    people = tmp_path / "contacts.csv"
    people.write_text(f"unit,role,name,channel\n{TOWN},owner,李四,{sink.json_url('new')}\n", encoding="utf-8")
    load(campaign.store, Files(contacts=people), at("2020-08-14T09:00"))
    send(campaign, "2020-08-14T09:01")
    assert [message.to for message in sink.accepted] == ["/new"]


def test_one_person_with_two_channels_in_two_offices_gets_one_message(database_url, tmp_path, sink):
    rows = [row for row in owners(2, sink.json_url).splitlines() if not row.startswith("99010100")]
    shared = [f"9901010{n:02d},owner,张三,{sink.json_url(path)}" for n in (1, 2) for path in ("zhang", "zhang-2")]
    campaign = morning(tmp_path, database_url, 2, sink.json_url, contacts="\n".join([*rows, *shared]) + "\n")
    assert send(campaign).delivered == 1
    [message] = sink.accepted
    assert (message.to, message.title) == ("/zhang", "【第01001镇】临近期限2项")


# --- the health page


def test_the_health_page_shows_what_fails_and_never_an_address(tmp_path, sink, bots):
    contacts = by_channel(sink, 2, "wecombot://693a91f6-secret", sink.json_url("second"))
    campaign = morning(tmp_path, None, 2, sink.json_url, contacts=contacts, wecombot_url=bots.url)
    bots.decide = lambda _: Refuse(93000, "invalid webhook url")
    send(campaign)
    rows = list_channels(campaign.store, at(MORNING), failing=False, limit=0)
    first = rows[0]
    assert (first["channel"], first["state"], first["failures"], first["code"]) == (
        "wecombot://••••",
        "failing",
        1,
        "93000",
    )
    assert first["to"] == [{"unit": TOWN, "unit_name": "第01001镇", "role": "owner"}]
    assert [row["state"] for row in rows].count("ok") == 2
    assert "secret" not in repr(rows)
    assert "127.0.0.1" not in repr(rows)
    assert len(list_channels(campaign.store, at(MORNING), failing=True, limit=0)) == 1


def test_a_channel_that_fails_three_times_is_set_aside_and_comes_back(tmp_path, sink):
    campaign = morning(tmp_path, None, 1, sink.json_url, plan=TOWNSHIPS_ALWAYS)
    fail(sink, TOWN)
    for moment in ("2020-08-14T09:00", "2020-08-14T09:01", "2020-08-14T09:03"):
        send(campaign, moment)
    [row] = list_channels(campaign.store, at("2020-08-14T09:03"), failing=True, limit=0)
    assert (row["state"], row["failures"], row["set_aside_until"]) == ("aside", 3, 1_597_367_040_000_000)
    sink.decide = None
    send(campaign, "2020-08-14T09:08")
    assert list_channels(campaign.store, at("2020-08-14T09:08"), failing=True, limit=0) == []
