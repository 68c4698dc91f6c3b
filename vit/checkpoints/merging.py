"""An adapter merged into the tensors of its base, before these become a model's parameters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from torch import Tensor

from vit.checkpoints.files import CheckpointError, Tensors
from vit.checkpoints.lora import Adapter, Delta
from vit.checkpoints.stored import Stored
from vit.families import Family
from vit.families.keys import Keys, source, ways
from vit.families.wrappers import wrapped_in
from vit.model.config import ViTConfig

_NUMBER = re.compile(r"(?<=\.)\d+(?=\.)")


@dataclass(frozen=True)
class Change:
    """What an adapter does to one tensor of the base: to all of it, or to the ``part``-th of ``parts`` equal pieces,
    where the base keeps in one what the adapter's names hold apart (SwiGLU's gate and value)."""

    key: str
    new: Delta | Stored
    part: int = 0
    parts: int = 1

    @property
    def shape(self) -> tuple[int, ...]:
        return self.new.shape[0] * self.parts, *self.new.shape[1:]


def peeled(adapter: Adapter, family: Family) -> Adapter:
    """With names as the family has them: without what PEFT wrapped the model in, and without the family's roots."""
    names = {key: name for name, key in family.strip(adapter.names).items()}
    if len(names) < len(adapter.names):
        raise CheckpointError(f"{adapter.tensors.files} holds the same key twice: save the adapter again.")
    return replace(
        adapter,
        deltas={names[key]: delta for key, delta in adapter.deltas.items()},
        whole={names[key]: stored for key, stored in adapter.whole.items()},
    )


def of_model(adapter: Adapter, prefix: str) -> Adapter:
    """Of an adapter on all models in a file, what changes the one whose names begin with ``prefix``, without it; one
    that names no such prefix was made for that model alone."""
    wrapper = wrapped_in(adapter.names)
    inside = {name: name.removeprefix(wrapper + prefix) for name in adapter.names if name.startswith(wrapper + prefix)}
    if not prefix or not inside:
        return adapter
    return replace(
        adapter,
        deltas={inside[name]: delta for name, delta in adapter.deltas.items() if name in inside},
        whole={inside[name]: stored for name, stored in adapter.whole.items() if name in inside},
        elsewhere=len(adapter.names) - len(inside),
    )


def merged(base: Tensors, adapter: Adapter, family: Family, config: ViTConfig) -> Tensors:
    """The base's tensors with a peeled adapter's changes, each made as its tensor is read.

    What was trained whole and the base has not is there, too. CheckpointError for a delta on nothing that the base has
    and the family knows, or of another shape.
    """
    names, keys = family.strip(base), family.keys(config)
    table, wrapper = dict(base.table), wrapped_in(base)
    changes: dict[str, list[Change]] = {}
    news: dict[str, Delta | Stored] = {**adapter.deltas, **adapter.whole}
    for name, new in news.items():
        change = placed(name, new, keys, names)
        if change is None and isinstance(new, Stored):
            table[wrapper + name] = new
        elif change is not None and change.parts == 1 and isinstance(new, Stored):
            table[change.key] = new
        elif change is not None:
            if change.shape != (shape := tuple(base.table[change.key].shape)):
                raise CheckpointError(
                    f"{adapter.tensors.files} changes {name} by {change.shape}, which is {shape} in {base.files}: it "
                    "belongs to another model."
                )
            changes.setdefault(change.key, []).append(change)
        elif family.why_ignored(name) is None:
            raise CheckpointError(
                f"{adapter.tensors.files} changes {name}, which a {family.name} in {base.files} has not: it belongs to "
                "another model."
            )
    for key, found in changes.items():
        table[key] = replace(base.table[key], kind="float32", read=partial(_changed, base, key, found))
    return Tensors(table, f"{base.files} with {adapter.tensors.files}", base.told_by, base.otherwise)


def placed(name: str, new: Delta | Stored, keys: Keys, names: dict[str, str]) -> Change | None:
    """Where the base has what the adapter calls ``name``; ``names``: the base's names → its keys. None: nowhere."""
    joined = f"{name.rpartition('.')[0]}.in_proj_weight"  # of torch's MultiheadAttention, PEFT names the layer alone
    if own := next((one for one in (name, joined) if one in names), None):
        return Change(names[own], new)
    number = found[0] if (found := _NUMBER.search(name)) else ""
    pattern = _NUMBER.sub("{i}", name, count=1)
    for target, row in keys.items():
        for way in ways(row):
            if pattern not in way.keys:
                continue
            place, theirs = way.keys.index(pattern), source(target.replace("{i}", number), keys, names)
            if theirs is None or not all(key in names for key in theirs.keys):
                continue
            if len(theirs.keys) == len(way.keys):
                return Change(names[theirs.keys[place]], new)
            if len(theirs.keys) == 1:
                return Change(names[theirs.keys[0]], new, place, len(way.keys))
    return None


def _changed(base: Tensors, key: str, changes: Sequence[Change]) -> Tensor:
    tensor = base[key].clone()
    for change in changes:
        piece = tensor.chunk(change.parts)[change.part]
        if isinstance(change.new, Delta):
            piece += change.new.tensor()
        else:
            piece.copy_(change.new.read())
    return tensor


def classes(adapter: Adapter, family: Family, config: ViTConfig) -> int | None:
    """How many classes the head of a peeled adapter tells apart; None where it has none of its own."""
    row = family.keys(config).get("head.weight")
    keys = [key for way in ways(row) for key in way.keys] if row is not None else []
    return next((adapter.whole[key].shape[0] for key in keys if key in adapter.whole), None)
