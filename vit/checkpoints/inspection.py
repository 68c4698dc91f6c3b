"""What is in a checkpoint, opened or not: its tensors in groups, what it looks like, what is missing, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import prod
from pathlib import Path

import torch

from vit.checkpoints import bare
from vit.checkpoints.files import WEIGHTS, CheckpointError, Tensors, Weights, is_file, read_tree
from vit.checkpoints.filling import sources
from vit.checkpoints.grouping import Group, groups
from vit.checkpoints.loading import family_of, find, load_pretrained
from vit.checkpoints.lora import is_adapter, read_adapter
from vit.checkpoints.meant import meant
from vit.checkpoints.open_clip import said_beside
from vit.checkpoints.peeling import flat
from vit.checkpoints.recognise import Found, recognise
from vit.checkpoints.stored import Table
from vit.families import Family
from vit.model.config import ViTConfig
from vit.model.vit import ViT


@dataclass(frozen=True)
class Inspection:
    """``scheme``: whose names these are, "" where nobody's that is known; ``facts``: what of its shape is known, in
    words. ``missing``: names that such a model needs and the file has not; ``unknown``: names in the file that it has
    no use for; ``left_out``: those not used on purpose, by the reason. ``opens``: whether it can be shown. ``advice``:
    one sentence about what to do next."""

    file: str
    groups: tuple[Group, ...]
    tensors: int
    parameters: int
    bytes: int
    scheme: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    left_out: dict[str, int] = field(default_factory=dict)
    opens: bool = False
    advice: str = ""


def inspect(name_or_path: str | Path) -> Inspection:
    """What a file of weights or a folder holds. CheckpointError where there is none, or it cannot be read at all."""
    path = find(name_or_path)
    if path is None:
        raise CheckpointError(f"There is no {str(name_or_path)!r}: name a file of weights, or a folder with one.")
    if is_adapter(path := meant(path)):
        return _of_adapter(path)
    if is_file(path):
        table = flat(read_tree(path))
        return _of_file(path, _counted(path, table), table)
    if not any(is_file(path / name) for name in WEIGHTS):
        raise CheckpointError(f"{path} holds none of {', '.join(WEIGHTS)}: name one file of weights.")
    weights = Weights(path)
    return _of_folder(path, _counted(path, weights.table), weights)


def _counted(path: Path, table: Table) -> Inspection:
    numbers = sum(prod(stored.shape) for stored in table.values())
    size = sum(stored.bytes for stored in table.values())
    return Inspection(str(path), groups(table), len(table), numbers, size)


def _of_adapter(folder: Path) -> Inspection:
    """A folder with an adapter: what it changes, and whether its base is at hand."""
    adapter = read_adapter(folder)
    found = _counted(folder, adapter.tensors.table)
    ranks = sorted({delta.rank for delta in adapter.deltas.values()})
    facts = {"base": adapter.base or "not said", "ranks": ", ".join(map(str, ranks)), "layers": str(len(adapter.names))}
    found = replace(found, scheme="an adapter (LoRA) of PEFT's", facts=facts)
    try:
        model = load_pretrained(folder)
    except CheckpointError as error:
        return replace(found, advice=str(error))
    advice = f"It opens: name {folder} under More models in the app, or give it to vit.load_pretrained."
    return replace(found, facts=facts | _facts(model.config), notes=model.notes, opens=True, advice=advice)


def _of_folder(folder: Path, found: Inspection, weights: Weights) -> Inspection:
    """A folder: its config.json says what it should hold."""
    try:
        family, hub = family_of(folder)
        names = family.strip(weights)
        config = family.config(hub, names)
    except (AttributeError, LookupError, TypeError, ValueError, ArithmeticError) as error:
        return replace(found, advice=_sentence(error))
    return _judged(replace(found, scheme=family.name, facts=_facts(config)), family, config, names, weights)


def _of_file(file: Path, found: Inspection, table: Table) -> Inspection:
    """A file alone: names and shapes say what it may be."""
    try:
        opened = bare.describe(table, file.name, said_beside(file))
    except ValueError as error:
        candidates = _candidates(table)
        if not candidates:
            return replace(found, advice=_advice_for_strangers(table))
        likest = candidates[0]
        missing = [key for key in likest.scheme.signature if key.replace("{i}", "0") not in likest.names]
        facts = {"part of its names that are there": f"{likest.share:.0%}"}
        name = likest.scheme.title
        return replace(found, scheme=name, facts=facts, missing=tuple(missing), advice=f"It cannot be opened: {error}.")
    one = replace(found, scheme=opened.model.scheme.title, facts=_facts(opened.config), notes=opened.notes)
    names = {name: name for name in opened.tensors}
    return _judged(one, opened.model.scheme.family, opened.config, names, opened.tensors)


def _candidates(table: Table) -> list[Found]:
    try:
        return recognise(table)
    except ValueError:  # blocks that are numbered twice
        return []


def _judged(
    found: Inspection, family: Family, config: ViTConfig, names: Mapping[str, str], weights: Tensors
) -> Inspection:
    """With what is missing and unknown, by the names a model of ``config`` needs, and what is wrong with its numbers;
    ``names``: its own names → the keys of ``weights``."""
    with torch.device("meta"):
        made_of = sources(ViT(config), family, names)
    needed = {key for target, made in made_of.items() for key in (made.keys if made else (target,))}
    unused = [name for name in names if name not in needed]
    reasons = {name: family.why_ignored(name) for name in unused}
    left_out: dict[str, int] = {}
    for reason in filter(None, reasons.values()):
        left_out[reason] = left_out.get(reason, 0) + 1
    missing = tuple(sorted(needed - set(names)))
    unknown = tuple(name for name, reason in reasons.items() if reason is None)
    if missing:
        advice = f"A {family.name} of this shape needs {missing[0]}, which is missing: take the whole checkpoint."
    elif unknown:
        advice = f"A {family.name} has no use for {unknown[0]}: {weights.otherwise}."
    else:
        advice = f"It opens: name {found.file} under More models in the app, or give it to vit.load_pretrained."
    wrong = "" if missing else _wrong_numbers(weights, [names[name] for name in needed])
    advice, opens = wrong or advice, not missing and not unknown and not wrong
    return replace(found, missing=missing, unknown=unknown, left_out=left_out, opens=opens, advice=advice)


def _wrong_numbers(weights: Tensors, keys: Iterable[str]) -> str:
    """What is wrong with the first tensor that no model can use: damaged, quantised, or not all of it numbers."""
    try:
        for key in keys:
            weights[key]
    except CheckpointError as error:
        return str(error)
    return ""


def _facts(config: ViTConfig) -> dict[str, str]:
    height, width = config.image_size
    registers = sum(name.startswith("reg") for name in config.prefix)
    return {
        "hidden size": f"{config.width:,}",
        "blocks": f"{config.depth}",
        "heads": f"{config.heads}",
        "MLP width": f"{config.mlp_width:,}",
        "patch size": f"{config.patch_size}",
        "picture size": f"{height} × {width}",
        "channels": f"{config.channels}",
        "prefix tokens": f"{len(config.prefix)}, {registers} of them registers"
        if registers
        else str(len(config.prefix)),
        "classes": f"{config.n_classes:,}" if config.n_classes else "no classifier",
    }


def _advice_for_strangers(table: Table) -> str:
    if any("lora_" in key for key in table):
        return (
            "It is an adapter (LoRA), which changes a model that is not in it: name the folder in which it lies as "
            "adapter_model.safetensors beside its adapter_config.json, or merge it into its base and save that."
        )
    if not table:
        return "It holds no tensors: take the file with the weights."
    return (
        "Its names follow no Vision Transformer's scheme that is known here: where you know what it is, say so by "
        "load_pretrained(file, model_type=… or architecture=…, …), or save it in transformers' format."
    )


def _sentence(error: Exception) -> str:
    return (
        str(error) if isinstance(error, CheckpointError) else f"Its config.json cannot be used ({error}): correct it."
    )
