"""A real S3-compatible server on loopback, and buckets of it for tests."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from obstore.exceptions import BaseError
from obstore.store import S3Store

OFFICE = ("office", "office-secret-7f3a")
READER = ("reader", "reader-secret-7f3a")
_RIGHTS = {OFFICE: ["Admin", "Read", "Write", "List", "Tagging"], READER: ["Read", "List"]}
_PORTS = ("s3", "master", "volume", "filer")
_START_SECONDS = 60.0


@dataclass(frozen=True)
class ObjectStore:
    """A server; each test takes a bucket of its own."""

    endpoint: str

    def settings(self, bucket: str, keys: tuple[str, str] = OFFICE, **other: Any) -> dict[str, Any]:
        """What an office writes into its settings for `bucket`, which is made."""
        key_id, secret = keys
        self.bucket(bucket).put("made", b"")
        return {
            "archive_url": f"s3://{bucket}/census",
            "archive_endpoint": self.endpoint,
            "archive_key_id": key_id,
            "archive_secret": secret,
            "archive_timeout": 10.0,
        } | other

    def bucket(self, name: str) -> S3Store:
        """A bucket, as somebody with all rights sees it."""
        return S3Store(
            name,
            endpoint=self.endpoint,
            access_key_id=OFFICE[0],
            secret_access_key=OFFICE[1],
            region="us-east-1",
            client_options={"allow_http": True, "timeout": timedelta(seconds=10)},
            retry_config={"max_retries": 0},
        )

    def names(self, bucket: str) -> list[str]:
        """The full names of all objects in a bucket."""
        return sorted(str(found["path"]) for portion in self.bucket(bucket).list() for found in portion)

    def tags(self, bucket: str, folder: str) -> tuple[str, ...]:
        """The objects in a folder of a bucket, each with the mark of its content."""
        listed = [found for portion in self.bucket(bucket).list(folder) for found in portion]
        return tuple(sorted(f"{found['path']} {found['e_tag']} {found['size']}" for found in listed))


def weed() -> str | None:
    """The program, from the environment that runs the tests or from the path."""
    beside = Path(sys.executable).parent / "weed"
    return str(beside) if beside.exists() else shutil.which("weed")


@contextmanager
def object_store(program: str, folder: Path) -> Iterator[ObjectStore]:
    """A server that keeps its objects in `folder`, ended on leaving."""
    keys = folder / "keys.json"
    listed = [
        {"name": name, "credentials": [{"accessKey": name, "secretKey": secret}], "actions": rights}
        for (name, secret), rights in _RIGHTS.items()
    ]
    keys.write_text(json.dumps({"identities": listed}), encoding="utf-8")
    ports = _free_ports()
    (folder / "data").mkdir()
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [
                program,
                "server",
                f"-dir={folder / 'data'}",
                "-ip=127.0.0.1",
                "-ip.bind=127.0.0.1",
                "-s3",
                "-s3.port.iceberg=0",  # two more interfaces, on ports that are the same for every server
                "-s3.port.lance=0",
                f"-s3.config={keys}",
                "-master.volumeSizeLimitMB=64",
                "-volume.max=50",
                *(f"-{name}.port={ports[name]}" for name in _PORTS),
                *(f"-{name}.port.grpc={ports[name + '.grpc']}" for name in _PORTS),
            ],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            cwd=folder,
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(folder)},
        )
    try:
        found = ObjectStore(f"http://127.0.0.1:{ports['s3']}")
        _wait_for(server, found)
        yield found
    finally:
        server.kill()  # it would take ten seconds to end by itself, and nothing of it is kept
        server.wait(10)


def _wait_for(server: subprocess.Popen[bytes], found: ObjectStore) -> None:
    until = time.monotonic() + _START_SECONDS
    while server.poll() is None and time.monotonic() < until:
        try:
            found.bucket("ready").put("ready", b"ready")
        except BaseError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the object store does not start")


def _free_ports() -> dict[str, int]:
    names = [*_PORTS, *(f"{name}.grpc" for name in _PORTS)]
    with ExitStack() as held:
        sockets = {name: held.enter_context(socket.socket()) for name in names}
        for one in sockets.values():
            one.bind(("127.0.0.1", 0))
        return {name: one.getsockname()[1] for name, one in sockets.items()}
