"""The base of every error whose message is one sentence for the person who asked."""

from __future__ import annotations

LONGEST = 600  # characters of a message


class Refusal(Exception):  # noqa: N818  (what was asked is at fault, not the program)
    """One sentence for the person who asked: what is wrong, and what to do.

    On one line and of bounded length, because names in a file may hold anything.
    """

    def __init__(self, sentence: str) -> None:
        line = " ".join(sentence.split())
        super().__init__(line if len(line) <= LONGEST else f"{line[: LONGEST // 2]} … {line[3 - LONGEST // 2 :]}")
