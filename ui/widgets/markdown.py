"""Text for Markdown: names somebody typed made safe, numbers as sentences write them."""

from __future__ import annotations

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def escape(text: str) -> str:
    """A name somebody typed, or a sentence with one in it, safe to stand inside one line of Markdown."""
    line = " ".join(text.split())[:700]
    return "".join(f"\\{char}" if char in r"\`*_{}[]()<>#+-.!|~$:&@" else char for char in line)


def in_words(count: int) -> str:
    """A count as a sentence writes it: in words up to twelve, in digits beyond."""
    return _WORDS[count] if count < len(_WORDS) else str(count)
