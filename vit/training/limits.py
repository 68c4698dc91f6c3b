"""What values a setting can have, and the sentence for those it cannot have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from math import isfinite
from typing import Any

from vit.errors import Refusal

WITHIN, ONE_OF = "within", "one of"  # under which a field's metadata holds its limits


def within(lowest: float, highest: float) -> dict[str, Any]:
    """The metadata of a field whose value goes from ``lowest`` to ``highest``."""
    return {WITHIN: (lowest, highest)}


def one_of(*choices: str) -> dict[str, Any]:
    """The metadata of a field that has one of these values."""
    return {ONE_OF: choices}


class SettingsError(Refusal, ValueError):
    """Settings that cannot be trained with; the message names the key and says what is possible."""


def check_limits(settings: Any) -> None:
    """SettingsError for a value that is no number, none of the choices, or out of range; looked for in this order."""
    found = list(_fields(settings))
    for key, value, _ in found:
        if isinstance(value, float) and not isfinite(value):
            raise SettingsError(f"{key}={value} is not a number to train with.")
    for key, value, metadata in found:
        if ONE_OF in metadata and value not in metadata[ONE_OF]:
            raise SettingsError(f"{key}={value} is not possible: choose one of {', '.join(metadata[ONE_OF])}.")
    for key, value, metadata in found:
        if WITHIN in metadata:
            lowest, highest = metadata[WITHIN]
            if not lowest <= value <= highest:
                raise SettingsError(f"{key}={value} is not possible: it goes from {lowest} to {highest}.")


def _fields(settings: Any, prefix: str = "") -> Iterator[tuple[str, Any, Mapping[str, Any]]]:
    """Every field, those of inner settings too: its dotted key, its value, its metadata."""
    for item in fields(settings):
        value = getattr(settings, item.name)
        if is_dataclass(value):
            yield from _fields(value, f"{prefix}{item.name}.")
        else:
            yield f"{prefix}{item.name}", value, item.metadata
