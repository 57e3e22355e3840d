"""What ails an archive in an object store is said in a sentence, nothing is changed, and no key ever shows."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from worlds.campaign import Campaign
from worlds.districts import count, district_campaign, report
from worlds.objects import OFFICE, READER, ObjectStore

from models.wording import Refusal
from tasks.archive.address import open_archive

BODY = "code,enumerators\n990101001001001,1\n"


def refusal(campaign: Campaign) -> Refusal:
    """What is said of a report that cannot be taken in; the campaign is as it was."""
    with pytest.raises(Refusal) as refused:
        report(campaign, BODY, "2020-08-01T17:00")
    assert count(campaign, "batches") == 0
    assert "secret-7f3a" not in repr(refused.value) + "".join(refused.value.said)
    return refused.value


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (("nobody", "wrong-secret-7f3a"), "the keys are wrong or not set"),
        ((OFFICE[0], "wrong-secret-7f3a"), "the keys are wrong or not set"),
        (READER, "it needs the rights to read, write, list and delete"),
    ],
)
def test_keys_that_are_wrong_or_may_not_write(
    tmp_path: Path, object_store: ObjectStore, keys: tuple[str, str], words: str
) -> None:
    campaign = district_campaign(tmp_path, **object_store.settings("faults", keys))
    assert words in str(refusal(campaign))


def test_a_bucket_that_is_not_there(tmp_path: Path, object_store: ObjectStore) -> None:
    campaign = district_campaign(tmp_path, **object_store.settings("faults", archive_url="s3://no-such-bucket/x"))
    assert "there is no such bucket" in str(refusal(campaign))


def test_a_server_that_is_not_there_is_given_up_in_time(tmp_path: Path, object_store: ObjectStore) -> None:
    settings = object_store.settings("faults", archive_endpoint="http://127.0.0.1:1", archive_timeout=2.0)
    began = time.monotonic()
    assert "cannot be reached" in str(refusal(district_campaign(tmp_path, **settings)))
    assert time.monotonic() - began < 15


@contextmanager
def faulty(status: int, code: str) -> Iterator[str]:
    """An object store that has nothing, and answers every put with a fault; status 0: it breaks off in the middle."""
    fault = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>x</Message></Error>".encode()
    nothing = b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>"

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(404, nothing)

        def do_PUT(self) -> None:
            if status:
                self.rfile.read(int(self.headers["Content-Length"]))
                self._answer(status, fault)
            self.close_connection = True

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (403, "RequestTimeTooSkewed", "this machine's clock is too far"),
        (507, "InsufficientStorage", "the object store is full"),
        (501, "NotImplemented", "knows no conditional put"),
        (500, "InternalError", "the object store fails (500)"),
        (0, "", "cannot be reached, or broke off"),
    ],
)
def test_faults_of_the_store_itself(
    tmp_path: Path, object_store: ObjectStore, status: int, code: str, words: str
) -> None:
    with faulty(status, code) as endpoint:
        settings = object_store.settings("faults", archive_endpoint=endpoint, archive_timeout=3.0)
        assert words in str(refusal(district_campaign(tmp_path, **settings)))


def test_a_put_whose_answer_was_lost_finds_its_own_object_and_another_content_is_never_overwritten(
    tmp_path: Path, object_store: ObjectStore
) -> None:
    campaign = district_campaign(tmp_path, **object_store.settings("twice"))
    archive, draft = open_archive(campaign.store), tmp_path / "draft"
    with campaign.store.reading() as connection:
        for content in (b"one", b"one", b"other"):
            draft.write_bytes(content)
            archive.draft("archive/x").parent.mkdir(parents=True, exist_ok=True)
            if content == b"other":
                with pytest.raises(Refusal, match="with other content"):
                    archive.put(connection, "archive/x", draft)
            else:
                archive.put(connection, "archive/x", draft)

    assert bytes(object_store.bucket("twice").get("census/archive/x").bytes()) == b"one"


@pytest.mark.parametrize(
    "address", ["s3://", "s3://key:secret-7f3a@bucket/x", "http://host/x", "share", "s3://b/x?secret=secret-7f3a"]
)
def test_an_address_that_cannot_be_read_is_refused_without_being_shown(tmp_path: Path, address: str) -> None:
    assert "PUCHA_ARCHIVE_URL cannot be read" in str(refusal(district_campaign(tmp_path, archive_url=address)))
