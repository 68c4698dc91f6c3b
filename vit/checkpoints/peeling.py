"""From what a file holds to a model's own names: containers, prefixes, chunks and older names peeled off, step by step.

Each step takes names and gives names: ``Names`` maps a tensor's name, as far as it is peeled, to its key in the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from vit.checkpoints.stored import Stored, Table

Names = Mapping[str, str]
Step = Callable[[Names], Names]
# Parts of a training that hold a slow average of the weights, which is what is evaluated.
AVERAGES = ("teacher", "ema", "model_ema", "ema_model", "state_dict_ema", "ema_state_dict", "target_encoder")
MOST = 16  # models in one file
_CHUNK = re.compile(r"^blocks\.\d+\.(\d+)\.")


def flat(tree: Mapping[str, Any], before: str = "") -> Table:
    """Tables within tables as one, a dot between the names; what is no tensor is left out."""
    found: dict[str, Stored] = {}
    for key, value in tree.items():
        if isinstance(value, Stored):
            found[before + key] = value
        elif isinstance(value, Mapping):
            found |= flat(value, f"{before}{key}.")
    return found


def peel(names: Names, steps: Iterable[Step]) -> Names:
    """``names`` after one step after the other."""
    for step in steps:
        names = step(names)
    return names


def inside(prefix: str) -> Step:
    """Only what begins with ``prefix`` (``teacher.module.backbone.``), without it."""
    return lambda names: {name[len(prefix) :]: key for name, key in names.items() if name.startswith(prefix)}


def stripped(strip: Callable[[Collection[str]], dict[str, str]]) -> Step:
    """Without the root under which a family's files may hold its encoder (``vit.``), beside its classifier."""
    return lambda names: {name: names[rooted] for name, rooted in strip(names).items()}


def without_chunks(names: Names) -> Names:
    """``blocks.1.12.…``, block 12 in the second of the pieces a large training is spread over, becomes ``blocks.12.…``.

    ValueError where two pieces number a block alike.
    """
    whole = {_CHUNK.sub(r"blocks.\1.", name): key for name, key in names.items()}
    if len(whole) < len(names):
        raise ValueError("two chunks of blocks number them alike")
    return whole


def renamed(older: Mapping[str, str]) -> Step:
    """Parts of names replaced as ``older`` says, whole words between dots only."""

    def rename(names: Names) -> Names:
        return {_renamed(name, older): key for name, key in names.items()}

    return rename if older else lambda names: names


def _renamed(name: str, older: Mapping[str, str]) -> str:
    dotted = f".{name}."
    for old, new in older.items():
        dotted = dotted.replace(f".{old}.", f".{new}.")
    return dotted[1:-1]


def prefixes(names: Iterable[str], anchor: str) -> list[str]:
    """What stands before ``anchor``, wherever it ends a name: one for each model in the file, the first ``MOST``."""
    found = {name.removesuffix(anchor) for name in names if name.endswith(anchor)}
    return sorted(prefix for prefix in found if not prefix or prefix.endswith("."))[:MOST]


def before(prefix: str, roots: Iterable[str]) -> str:
    """A prefix without the family's root at its end: what stands beside the encoder belongs to the model, too."""
    root = next((root for root in roots if f".{prefix}".endswith(f".{root}")), "")
    return prefix.removesuffix(root)


def choose(found: list[str], part: str | None) -> str:
    """The prefix of the model to open: the only one; the one ``part`` begins; or, of several, the averaged one.

    ValueError names the parts where that is none or several.
    """
    fitting = [one for one in found if part is None or f"{one}.".startswith(f"{part.rstrip('.')}.")]
    if len(fitting) > 1:
        fitting = [one for one in fitting if set(one.split(".")) & set(AVERAGES)]
    if len(fitting) != 1:
        parts = ", ".join(repr(one.rstrip(".")) for one in found)
        raise ValueError(f"it holds the models {parts}; say which by part=…, or behind the file's name: ?part=…")
    return fitting[0]
