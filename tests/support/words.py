"""Markdown of the app as a person reads it."""

from __future__ import annotations

import re

# A word that explains itself when it is pointed at (ui/shell/glossary.py): the word, and the name of its explanation.
EXPLAINED = re.compile(r'\[([^\]]*)\]\(#word-([\w-]+) "[^"]*"\)')


def as_read(text: str) -> str:
    """Without the explanations, which open only when they are asked for."""
    return EXPLAINED.sub(r"\1", text)
