"""A table of tensors in groups: blocks that are alike folded into one, the rest by what their names begin with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from math import prod

from vit.checkpoints.stored import Stored, Table

LONGEST = 160  # letters of a name that are looked at and printed
# blocks.3.…, encoder.layer.3.…, transformer.resblocks.3.…, blocks.0.3.… (in chunks), encoder_layer_3.…
_BLOCK = re.compile(r"(?P<row>(?:.*?\.)??(?:blocks|layers|layer|resblocks|h))\.(?:\d+\.)?(?P<i>\d{1,6})\.(?P<rest>.+)")
_JOINED = re.compile(r"(?P<row>(?:.*?\.)??encoder_layer)_(?P<i>\d{1,6})\.(?P<rest>.+)")


@dataclass(frozen=True)
class Row:
    """One tensor. ``kind``: torch's dtype in words."""

    name: str
    shape: tuple[int, ...]
    kind: str
    bytes: int

    @property
    def numbers(self) -> int:
        return prod(self.shape)


@dataclass(frozen=True)
class Group:
    """Tensors that belong together: ``rows`` of one block, of which ``alike`` follow each other; or of one part."""

    name: str
    rows: tuple[Row, ...]
    alike: int = 1

    @property
    def parameters(self) -> int:
        return self.alike * sum(row.numbers for row in self.rows)

    @property
    def bytes(self) -> int:
        return self.alike * sum(row.bytes for row in self.rows)


def groups(table: Table) -> tuple[Group, ...]:
    """The tensors in the order of the file; a row of blocks stands where its first block does."""
    blocks: dict[str, dict[int, dict[str, Row]]] = {}  # row of blocks → number → name within the block → tensor
    order: dict[str, list[Row]] = {}  # part, or row of blocks → its tensors, none for blocks
    for key, stored in table.items():
        if found := _in_block(key):
            order.setdefault(found["row"], [])
            block = blocks.setdefault(found["row"], {}).setdefault(int(found["i"]), {})
            block[found["rest"]] = _row(found["rest"], stored)
        else:
            order.setdefault(_part(key), []).append(_row(key, stored))
    return tuple(group for name, rows in order.items() for group in _of(name, rows, blocks.get(name, {})))


def printable(name: str) -> str:
    """A name as it can be printed: on one line, without control characters, not without end."""
    short = name if len(name) <= LONGEST else f"{name[: LONGEST // 2]} … {name[-LONGEST // 2 :]}"
    return "".join(letter if letter.isprintable() else "?" for letter in short)


def _in_block(key: str) -> re.Match[str] | None:
    """The row of blocks, the number and the name within the block; None for what is in none."""
    return _BLOCK.fullmatch(key) or _JOINED.fullmatch(key) if len(key) <= LONGEST else None


def _row(name: str, stored: Stored) -> Row:
    return Row(printable(name), stored.shape, stored.kind, stored.bytes)


def _part(key: str) -> str:
    """``teacher.backbone.patch_embed`` of ``teacher.backbone.patch_embed.proj.weight``: all but the last two names, or
    but the last one where there are no more."""
    names = key.split(".")
    return ".".join(names[: max(1, len(names) - 2)])


def _of(name: str, rows: list[Row], blocks: dict[int, dict[str, Row]]) -> Iterator[Group]:
    if rows:
        yield Group(printable(name), tuple(rows))
    name = printable(name)
    numbered = sorted(blocks.items())
    # Blocks follow each other and are alike: the same names, shapes and kinds.
    for _, run in groupby(enumerate(numbered), key=lambda entry: (entry[1][0] - entry[0], _alike(entry[1][1]))):
        found = [block for _, block in run]
        first, last = found[0][0], found[-1][0]
        span = f"{name} {first}" if first == last else f"{name} {first}-{last}, {len(found)} alike"
        yield Group(span, tuple(found[0][1].values()), len(found))


def _alike(block: dict[str, Row]) -> tuple[Row, ...]:
    return tuple(sorted(block.values(), key=lambda row: row.name))
