"""What is in a checkpoint that could not be opened: the inspector's table, below the sentence that says why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

import streamlit as st

from ui.widgets.markdown import escape
from ui.widgets.table import table
from vit.checkpoints.files import CheckpointError
from vit.checkpoints.grouping import printable
from vit.checkpoints.inspection import Inspection, inspect

_MOST = 300  # tensors in the table


def contents(path: str) -> None:
    """The tensors in a file or folder on this machine, by group; nothing where it cannot be read at all."""
    with suppress(CheckpointError):
        found = inspect(path)
        with st.expander("What is in it"):
            st.markdown(escape(_summary(found)))
            if rows := list(islice(_rows(found), _MOST)):
                table(rows)
            if found.tensors > _MOST:
                st.caption("`python -m vit.inspect --all` prints every tensor.")


def _summary(found: Inspection) -> str:
    parts = [
        f"{found.tensors:,} tensors, {found.parameters:,} parameters, {found.bytes / 1e6:,.1f} MB.",
        f"It looks like: {found.scheme}." if found.scheme else "",
        _listed("Missing", found.missing),
        _listed("Without a use", found.unknown),
        found.advice,
    ]
    return " ".join(filter(None, parts))


def _listed(what: str, names: tuple[str, ...]) -> str:
    more = f" and {len(names) - 5:,} more" if len(names) > 5 else ""
    return f"{what}: {', '.join(map(printable, names[:5]))}{more}." if names else ""


def _rows(found: Inspection) -> Iterator[dict[str, object]]:
    for group in found.groups:
        for row in group.rows:
            shape = " × ".join(map(str, row.shape)) or "one number"
            yield {"part": group.name, "tensor": row.name, "shape": shape, "type": row.kind, "bytes": row.bytes}
