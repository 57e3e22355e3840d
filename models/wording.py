"""Sentences that an office reads, in Chinese with English beside it."""

from __future__ import annotations

from typing import Literal, NamedTuple

Lang = Literal["zh", "en"]


class Said(NamedTuple):
    """One sentence in both languages."""

    zh: str
    en: str

    def inn(self, lang: Lang) -> str:
        """The sentence in `lang`."""
        return self.zh if lang == "zh" else self.en


class Refusal(ValueError):
    """Something that cannot be done as asked; says in one sentence what and how to mend it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.said = Said(zh, en)
