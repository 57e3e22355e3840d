"""Settings: everything an office may set, from PUCHA_* in the environment, a .env beside it, or the office's own file."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Literal

from dotenv import dotenv_values
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from models.calendar.quiet_hours import QuietHours
from models.wording import Lang
from tasks.campaign.office_file import OFFICE_FILE
from tasks.channels import SUPPORTED, Gateways, Hosts


class Settings(BaseSettings):
    """Documented in .env.sample. Secrets are SecretStr, so that they never show in a log or an error."""

    model_config = SettingsConfigDict(
        env_prefix="PUCHA_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    home: Path = Path(".pucha")
    database_url: SecretStr | None = None
    archive_url: str | None = None
    archive_endpoint: str | None = None
    archive_region: str = "us-east-1"
    archive_key_id: str | None = None
    archive_secret: SecretStr | None = None
    archive_timeout: float = Field(default=60.0, gt=0, le=600)
    archive_cache_mb: int = Field(default=2_000, ge=10)
    admin_channel: SecretStr | None = None
    lang: Lang = "zh"
    wecombot_url: str = "https://qyapi.weixin.qq.com"
    dingtalk_url: str = "https://oapi.dingtalk.com"
    feishu_url: str = "https://open.feishu.cn"
    channel_hosts: str = SUPPORTED
    key: SecretStr | None = None
    board_url: str | None = None
    allowed_hosts: str | None = None
    send_timeout: float = Field(default=10.0, gt=0, le=120)
    send_concurrency: int = Field(default=32, ge=1, le=256)
    send_processes: int = Field(default=2, ge=1, le=16)
    most_attempts: int = Field(default=8, ge=1)
    lease_minutes: int = Field(default=10, ge=1)
    ack_days: int = Field(default=3, ge=1, le=30)
    lines_a_message: int = Field(default=12, ge=1)
    messages_a_day: int | None = Field(default=2, ge=1, le=100)
    unknown: Literal["resend", "leave"] = "resend"
    quiet_hours: str | None = "21:00-07:00"
    send_patience: float = Field(default=540.0, ge=0, le=3600)
    longest_wait_minutes: float = Field(default=60.0, ge=1, le=1440)
    pass_seconds: float = Field(default=600.0, gt=0)
    paper_prefix: str | None = None
    paper_contact: str | None = None
    paper_reply_days: int = Field(default=3, ge=1, le=60)
    paper_remind_days: int = Field(default=1, ge=1, le=60)
    paper_raise_days: int = Field(default=1, ge=1, le=60)
    sign_code_minutes: int = Field(default=15, ge=1, le=120)
    sign_code_attempts: int = Field(default=5, ge=1, le=20)
    keep_refused: bool = False
    keep_ledger_months: int = Field(default=6, ge=6, le=600)
    health_watch_minutes: float = Field(default=45.0, gt=0, le=10_080)
    health_audit_minutes: float = Field(default=180.0, gt=0, le=10_080)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (the library hands it over)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Last of all the office's own file, in the folder that the others name."""
        written = (init_settings, env_settings, dotenv_settings)
        home = next((found["home"] for source in written if (found := source()).get("home")), ".pucha")
        return (*written, DotEnvSettingsSource(settings_cls, env_file=Path(home) / OFFICE_FILE))

    @field_validator("quiet_hours")
    @classmethod
    def _readable(cls, text: str | None) -> str | None:
        return None if text in (None, "", "none") else str(QuietHours.parse(str(text)))

    @field_validator("messages_a_day", mode="before")
    @classmethod
    def _or_any_number(cls, given: object) -> object:
        return None if given == "none" else given

    @field_validator("allowed_hosts")
    @classmethod
    def _names_alone(cls, text: str | None) -> str | None:
        if any(sign in (text or "") for sign in "/*@ "):
            raise ValueError("host names alone, with a port where it is no usual one, separated by commas")
        return text.lower() if text else None

    @field_validator("channel_hosts")
    @classmethod
    def _are_hosts(cls, text: str) -> str:
        Hosts.parse(text)
        return text

    @cached_property
    def gateways(self) -> Gateways:
        """Where messages may go."""
        return Gateways(self.wecombot_url, self.dingtalk_url, self.feishu_url, Hosts.parse(self.channel_hosts))

    def no_looser(self, name: Literal["sign_code_minutes", "sign_code_attempts"]) -> int:
        """A limit of codes: what is set, and no more than the office's own file has, or the default where it has none.

        The environment belongs to whoever types a command, and tries somebody else's code perhaps.
        """
        written = dotenv_values(self.home / OFFICE_FILE, interpolate=False, encoding="utf-8")
        said = (written.get(f"PUCHA_{name.upper()}") or "").strip()
        most: int = int(said) if said.isdecimal() else type(self).model_fields[name].default
        return min(int(getattr(self, name)), most)

    @property
    def named_hosts(self) -> tuple[str, ...]:
        """The hosts under which others reach our ports, beside this machine's own names."""
        return tuple(filter(None, (self.allowed_hosts or "").split(",")))

    @cached_property
    def database(self) -> str:
        """The campaign's database as SQLAlchemy wants it."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.home.absolute() / 'pucha.db'}"
