"""Who is one person: contact rows that belong together."""

import pytest

from models.rules.loading.persons import who_is_who


def people(*rows):
    contacts = [dict(zip(("unit", "role", "name", "channel"), row, strict=True)) for row in rows]
    return who_is_who(contacts)


def test_several_channels_of_one_name_in_one_role_are_one_person():
    first, second = people(("990101", "owner", "张三", "bot://a"), ("990101", "owner", "张三", "mail://b"))
    assert first == second


def test_the_same_name_and_channel_in_several_offices_and_roles_is_one_person():
    one, two, three = people(
        ("990101", "owner", "张三", "bot://a"),
        ("990102", "leader", "张三", "bot://a"),
        ("990102", "leader", "张三", "mail://b"),
    )
    assert one == two == three


def test_the_same_name_over_another_channel_elsewhere_is_somebody_else():
    one, two = people(("990101", "owner", "张伟", "bot://a"), ("990102", "owner", "张伟", "bot://b"))
    assert one != two


def test_two_names_on_one_group_bot_are_two_people():
    one, two = people(("990101", "owner", "张三", "bot://a"), ("990101", "owner", "李四", "bot://a"))
    assert one != two


def test_without_a_name_each_channel_of_a_role_is_a_person_of_its_own():
    one, two, three = people(
        ("990101", "owner", "", "bot://a"), ("990101", "owner", "", "bot://b"), ("990101", "leader", "", "bot://a")
    )
    assert len({one, two, three}) == 3


def test_a_new_channel_leaves_a_person_the_same():
    [before] = people(("990101", "owner", "张三", "bot://a"))
    after, _ = people(("990101", "owner", "张三", "bot://new"), ("990101", "owner", "张三", "bot://a"))
    assert before == after


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_who_is_one_person_does_not_hang_on_the_order_of_the_rows(order):
    rows = (("990102", "owner", "张三", "a"), ("990101", "owner", "张三", "b"), ("990101", "owner", "张三", "a"))
    assert set(people(*(rows[place] for place in order))) == {"张三\0990101/owner"}
