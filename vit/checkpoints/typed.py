"""Names of models as people type or paste them."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

_HUB = re.compile(r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/([^/\s]+/[^/\s?#]+).*")


def typed(text: str) -> str:
    """A name or path without what belongs to the copying: quotation marks, ``file://``, the Hub's address, ``~``."""
    name = text.strip().strip("'\"").strip()
    if found := _HUB.fullmatch(name):
        return found[1]
    if name.startswith("file://"):
        name = unquote(name.removeprefix("file://"))
    return str(Path(name).expanduser()) if name.startswith("~") else name
