"""The keys of an installation: which locks, which unlock, which names, and what is said of one that is none."""

import pytest
from cryptography.fernet import Fernet

from models.wording import Refusal
from tasks.campaign.secrets import Keeper, open_keeper

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
CHANNEL = "wecombot://key-693a91f6"


@pytest.fixture(params=["setting", "file"])
def opened(request, tmp_path):
    """Opens a keeper with keys, newest first, from PUCHA_KEY or from secret.key."""

    def open_with(*keys: str) -> Keeper:
        if request.param == "setting":
            return open_keeper(tmp_path, ",".join(keys))
        (tmp_path / "secret.key").write_text("".join(f"{key}\n" for key in keys), encoding="ascii")
        return open_keeper(tmp_path, None)

    return open_with


def test_the_first_key_locks_and_every_key_unlocks(opened):
    before = opened(OLD).lock(CHANNEL)
    both = opened(NEW, OLD)
    after = both.lock(CHANNEL)

    assert both.unlock(before) == both.unlock(after) == CHANNEL
    assert opened(NEW).unlock(after) == CHANNEL
    assert (both.under_first(before), both.under_first(after)) == (False, True)
    for keys, sealed in (((NEW,), before), ((OLD,), after), ((OTHER,), after)):
        with pytest.raises(Refusal, match=r"restore secret\.key or load the contacts again"):
            opened(*keys).unlock(sealed)


def test_a_new_key_in_front_renames_neither_persons_nor_channels(opened):
    names = [(keeper.address(CHANNEL), keeper.person("王")) for keeper in (opened(OLD), opened(NEW, OLD))]

    assert names[0] == names[1]
    assert opened(OTHER, NEW, OLD).address(CHANNEL) == names[0][0]
    assert opened(NEW).address(CHANNEL) != names[0][0]


def test_names_are_those_that_stand_in_databases_already():
    keeper = open_keeper(None, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")

    assert keeper.address("wecombot://key") == "ba687c243f532db5e140b698"
    assert keeper.person("王") == "6d2545dfa554b339bf9f9100"


def test_the_first_start_makes_one_key_and_the_next_finds_it(tmp_path):
    sealed = open_keeper(tmp_path / "home", None).lock(CHANNEL)

    assert open_keeper(tmp_path / "home", None).unlock(sealed) == CHANNEL
    assert (tmp_path / "home" / "secret.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "given",
    [f"{NEW},short-s3cret", f"short-s3cret,{OLD}", f"{NEW}，{OLD}", f"{NEW}{OLD}", " , ,"],
    ids=["last", "first", "Chinese comma", "run together", "none"],  # keys are random: ids of their own would differ
)
def test_a_key_that_is_none_is_refused_and_no_key_is_shown(given, tmp_path):
    (tmp_path / "secret.key").write_text(given, encoding="utf-8")
    for setting, source in ((given, "PUCHA_KEY"), (None, "secret.key")):
        with pytest.raises(Refusal, match=f"{source} is no valid key") as refused:
            open_keeper(tmp_path, setting)
        said = f"{refused.value!r} {refused.value.said.zh} {refused.value.__cause__}"
        assert [key for key in ("s3cret", NEW, OLD) if key in said] == []


def test_blanks_and_a_comma_too_many_do_no_harm(tmp_path):
    keeper = open_keeper(tmp_path, f" {NEW} , {OLD},\r\n")

    assert keeper.unlock(Keeper((OLD.encode(),)).lock(CHANNEL)) == CHANNEL
    assert repr(keeper) == "Keeper(•••)"
