"""The office's own settings file (`.env` in PUCHA_HOME): what codes go by, whatever stands where a command is typed.

Gateways, proxies and certificates of a code's way come from here alone. An environment belongs to whoever types
the command, who could have another's code sent past themselves.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from models.wording import Refusal
from tasks.channels import Gateways
from tasks.channels.ways import CERTIFICATES, DIVERTING, PROXIES

OFFICE_FILE = ".env"
_OURS = {"wecombot": "PUCHA_WECOMBOT_URL", "dingtalk": "PUCHA_DINGTALK_URL", "feishu": "PUCHA_FEISHU_URL"}
_ONE_AT_A_TIME = threading.RLock()


@dataclass(frozen=True)
class Ways:
    """Over which gateways, proxies and certificates a code goes."""

    gateways: Gateways
    variables: Mapping[str, str]

    @property
    def told(self) -> str:
        """All that differs from going straight to the provider; empty where nothing does."""
        own = {
            name: address for name in _OURS if (address := getattr(self.gateways, name)) != getattr(Gateways(), name)
        }
        return "\n".join(f"{name}={value}" for name, value in sorted({**own, **self.variables}.items()))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Inside, this process knows these ways and no others.

        Apprise's plugins call `requests` by its functions, which ask the environment whatever they are told; so
        it is the environment that is put right, for them and for httpx alike.
        """
        with _ONE_AT_A_TIME:
            before = {name: os.environ.pop(name) for name in DIVERTING if name in os.environ}
            os.environ.update(self.variables)
            try:
                yield
            finally:
                for name in self.variables:
                    os.environ.pop(name, None)
                os.environ.update(before)


def read_ways(home: Path) -> Ways:
    """The ways that the office's settings file in `home` names; straight to the providers where it names none.

    Refusal where a gateway in it is no address.
    """
    file = home / OFFICE_FILE
    written = dotenv_values(file, interpolate=False, encoding="utf-8") if file.is_file() else {}
    named = {name.upper(): value.strip() for name, value in written.items() if value and value.strip()}
    own: dict[str, Any] = {kind: named[name] for kind, name in _OURS.items() if name in named}
    try:
        gateways = Gateways(**own)
    except ValueError as fault:
        raise Refusal(f"{file} 中的网关地址有误：{fault}", f"a gateway in {file} cannot be used: {fault}") from None
    return Ways(gateways, {name: named[name] for name in (*PROXIES, *CERTIFICATES) if name in named})
