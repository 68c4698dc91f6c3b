"""``python -m vit.inspect FILE_OR_FOLDER [--all] [--json]``: what is in a checkpoint, whether it opens here or not.

Every tensor by name, shape, type and size, blocks that are alike in one; what it looks like, which parts are missing or
unknown, what to do next. Nothing of the file is run, and no tensor is read but an adapter's and its base's, to see
whether they fit.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict

from vit.checkpoints.files import CheckpointError
from vit.checkpoints.grouping import Group, printable
from vit.checkpoints.inspection import Inspection, inspect
from vit.checkpoints.typed import typed

SHOWN, PARTS = 24, 200  # tensors of a part and names of a list; parts: before the rest is only counted


def main(argv: list[str] | None = None) -> int:
    """0 where it opens, 1 where it does not, 2 where it cannot even be read."""
    parser = argparse.ArgumentParser(prog="python -m vit.inspect", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("path", metavar="FILE_OR_FOLDER", help="a file of weights, a model's folder, a bundled name")
    parser.add_argument("--all", action="store_true", help=f"list more than {SHOWN} tensors of a part, too")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of words")
    arguments = parser.parse_args(argv)
    try:
        found = inspect(typed(arguments.path))
    except CheckpointError as error:
        print(error, file=sys.stderr)
        return 2
    shown = found.tensors if arguments.all else SHOWN
    print(json.dumps(asdict(found), indent=2) if arguments.json else as_text(found, shown))
    return 0 if found.opens else 1


def as_text(found: Inspection, shown: int = SHOWN) -> str:
    """The inspection in lines: the tensors by group, then what they add up to."""
    parts = max(PARTS, shown)
    lines = [line for group in found.groups[:parts] for line in _group(group, shown)]
    if len(found.groups) > parts:
        lines.append(f"… and {len(found.groups) - parts:,} more parts")
    size = f"{found.tensors:,} tensors, {found.parameters:,} parameters, {_size(found.bytes)}"
    facts = [f"  {name}: {value}" for name, value in found.facts.items()]
    lines += ["", f"{found.file}: {size}", f"looks like: {found.scheme or 'nothing known here'}", *facts]
    lines += [f"  {note}" for note in found.notes]
    lines += [f"left out: {count} tensors, {reason}" for reason, count in found.left_out.items()]
    lines += [f"missing: {name}" for name in _some(found.missing, shown)]
    lines += [f"unknown: {name}" for name in _some(found.unknown, shown)]
    return "\n".join([*lines, "", f"→ {found.advice}"])


def _group(group: Group, shown: int) -> Iterator[str]:
    yield f"{group.name}  ({group.parameters:,} parameters, {_size(group.bytes)})"
    for row in group.rows[:shown]:
        shape = " × ".join(map(str, row.shape)) or "one number"
        yield f"    {row.name:<44} {shape:<22} {row.kind:<14} {_size(row.bytes):>10}"
    if len(group.rows) > shown:
        yield f"    … and {len(group.rows) - shown:,} more"


def _some(names: tuple[str, ...], shown: int) -> list[str]:
    return [*map(printable, names[:shown]), *([f"… and {len(names) - shown:,} more"] if len(names) > shown else [])]


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 1e5 else f"{count:,} B"


if __name__ == "__main__":
    sys.exit(main())
