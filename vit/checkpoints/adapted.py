"""The base that an adapter changes, where it is at hand; and what is said of both."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vit.checkpoints import bare
from vit.checkpoints.files import CheckpointError, Tensors, is_file, weight_files
from vit.checkpoints.lora import CONFIG, Adapter
from vit.checkpoints.merging import classes, merged, of_model, peeled
from vit.families import Family

_BLOCK = re.compile(r"[._](\d+)\.")
_MOST = 5  # names in a sentence


def base_of(folder: Path, adapter: Adapter, said: str | None, at_hand: Callable[[str], Path | None]) -> Path:
    """The folder or file of the base: the one that is said, weights in the adapter's own folder, or the one the adapter
    names, as it stands on this machine (``at_hand``) or beside the adapter. CheckpointError says which to fetch."""
    if said is not None:
        if (path := at_hand(said)) is None:
            raise CheckpointError(
                f"There is no base {said!r} on this machine: name a folder, a file or a cached model."
            )
    elif is_file(folder / "config.json") and weight_files(folder):
        path = folder
    elif adapter.base is None:
        raise CheckpointError(f"{CONFIG} in {folder} does not say which model it changes: say it by base=…")
    else:
        beside = folder.resolve().parent / re.split(r"[/\\]", adapter.base.rstrip("/\\"))[-1]
        path = at_hand(adapter.base) or at_hand(str(beside))
        if path is None:
            raise CheckpointError(
                f"{folder} is an adapter (LoRA), which changes the model {adapter.base!r}, and that is not on this "
                f"machine: open {adapter.base} first if it is a name on the Hub, or put its folder beside the adapter, "
                f"as {beside}, or say where it is by base=…"
            )
    if path != folder and is_file(path / CONFIG):
        raise CheckpointError(
            f"The base of {folder}, {path}, is an adapter itself: merge that into its own base first."
        )
    return path


def adapted_folder(
    family: Family, hub: dict[str, Any], weights: Tensors, adapter: Adapter
) -> tuple[dict[str, Any], Tensors]:
    """What a base's ``config.json`` says and its weights, with the adapter's head and changes."""
    adapter = peeled(adapter, family)
    names = [*family.strip(weights), *adapter.names]
    config = family.config(hub, names)
    if (count := classes(adapter, family, config)) not in (None, config.n_classes):
        # other classes than the base's, in the words of transformers and of timm
        hub = {**hub, "id2label": None, "label2id": None, "num_labels": count}
        if "architecture" in hub:
            own = {**(hub.get("model_args") or {}), "num_classes": count}
            hub |= {"num_classes": count, "label_names": None, "model_args": own}
        config = family.config(hub, names)
    return hub, merged(weights, adapter, family, config)


def adapted_file(found: bare.Opened, adapter: Adapter) -> bare.Opened:
    """A base that is a file of weights alone, with the adapter's head and changes."""
    family = found.model.scheme.family
    adapter = peeled(of_model(adapter, found.model.prefix), family)
    config = found.config
    if (count := classes(adapter, family, config)) not in (None, config.n_classes):
        config = replace(config, n_classes=count, labels=())
    return replace(found, config=config, tensors=merged(found.tensors, adapter, family, config))


def notes(adapter: Adapter, family: Family, base: str, prefix: str = "") -> tuple[str, ...]:
    """What an adapter did to its base, a sentence each; ``prefix``: where in a file of several models that stands."""
    adapter = peeled(of_model(adapter, prefix), family)
    shown = {name: delta for name, delta in adapter.deltas.items() if family.why_ignored(name) is None}
    said = []
    if shown:
        ranks = sorted({delta.rank for delta in shown.values()})
        rank = f"rank {ranks[0]}" if len(ranks) == 1 else f"ranks {ranks[0]} to {ranks[-1]}"
        said.append(f"LoRA, {rank}, on {_where(list(shown))}, merged into {base}.")
    if adapter.doubled:
        said.append("What it adds to out_proj counts twice, as in PEFT up to version 0.21, which trained it so.")
    if whole := list(dict.fromkeys(_layer(name) for name in adapter.whole if family.why_ignored(name) is None)):
        said.append(f"Taken whole from the adapter, in the place of the base's: {_some(whole)}.")
    used = len(shown) + sum(family.why_ignored(name) is None for name in adapter.whole)
    if left := adapter.elsewhere + len(adapter.names) - used:
        said.append(f"{left} of the adapter's changes are to parts of {base} that are not shown.")
    return tuple(said)


def _where(names: Sequence[str]) -> str:
    """``query and value of 12 blocks, projection``: the layers' own names."""
    numbers = {found[1] for name in names if (found := _BLOCK.search(name))}
    inside = dict.fromkeys(_short(name) for name in names if _BLOCK.search(name))
    outside = dict.fromkeys(_short(name) for name in names if not _BLOCK.search(name))
    blocks = f"{_some(inside)} of {len(numbers)} {'block' if len(numbers) == 1 else 'blocks'}" if inside else ""
    return " and on ".join(filter(None, (blocks, _some(outside))))


def _short(name: str) -> str:
    """A layer's own name, with that of what holds it where it is a number alone: ``mlp.0``."""
    before, _, last = _layer(name).rpartition(".")
    return f"{before.rpartition('.')[2]}.{last}" if last.isdigit() else last


def _layer(name: str) -> str:
    return name.rpartition(".")[0]


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    if len(listed) > _MOST:
        return f"{', '.join(listed[:_MOST])} and {len(listed) - _MOST} more"
    return " and ".join(filter(None, (", ".join(listed[:-1]), listed[-1]))) if listed else ""
