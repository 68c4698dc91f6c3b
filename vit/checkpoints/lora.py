"""An adapter as PEFT saves it: small matrices that change a model whose own weights are not beside them.

LoRA (Hu et al. 2021, arXiv 2106.09685): a layer with the weight W (out, in) learns B (out, r) and A (r, in) beside it,
and computes with W + s·B·A. Some of a model's layers can be trained whole instead, such as a new classifier.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import prod, sqrt
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vit.checkpoints.files import CheckpointError, Tensors, is_file, read_json, read_table
from vit.checkpoints.stored import Stored
from vit.families import reading

CONFIG = "adapter_config.json"
FILES = ("adapter_model.safetensors", "adapter_model.bin")
# What an adapter of PEFT's type LORA can be besides, which changes the model in another way than W + s·B·A.
OTHER_WAYS = (
    *("use_dora", "use_qalora", "use_bdlora", "target_parameters", "trainable_token_indices", "layer_replication"),
    *("lora_bias", "alora_invocation_tokens", "arrow_config", "kasa_config", "velora_config", "monteclora_config"),
)
# Ways to begin that change the base's own weights, so that what was learned fits no other.
CHANGE_THE_BASE = ("pissa", "olora", "corda", "loftq", "lora_ga")
OTHERWISE = "merge it with PEFT (model.merge_and_unload()) and open what that saves"
# What PEFT's own configuration is where the file is silent.
DEFAULTS = {
    "lora_alpha": 8, "alpha_pattern": {}, "use_rslora": False, "fan_in_fan_out": False, "base_model_name_or_path": None,
}  # fmt: skip
_MATRIX = re.compile(r"(?P<layer>.+)\.lora_(?P<table>embedding_)?(?P<half>[AB])(\.default)?(?(table)|\.weight)")
_WRAPPED = re.compile(r"\.(base_layer|modules_to_save)(\.default)?(?=\.)")
# Layers can be named by a regular expression; one with more than a single * or + could search without end.
_PATTERN = re.compile(r"[\w.^$\\\[\]-]*([*+][\w.^$\\\[\]-]*)?")
_LONGEST = 200  # letters of such a pattern, and of a name that is searched by one


@dataclass(frozen=True)
class Delta:
    """What is added to a weight: ``scale`` · B·A, turned round for a table of vectors and for layers that keep their
    weight as (in, out). ``a`` (r, in, …) and ``b`` (out, r, …); the further axes are those of a convolution."""

    a: Tensor
    b: Tensor
    scale: float
    turned: bool = False

    @property
    def rank(self) -> int:
        return self.a.shape[0]

    @property
    def shape(self) -> tuple[int, ...]:
        shape = (self.b.shape[0], *self.a.shape[1:])
        return shape[::-1] if self.turned else shape

    def tensor(self) -> Tensor:
        added = self.scale * torch.einsum("or,r...->o...", self.b.flatten(1), self.a)
        return added.mT if self.turned else added


@dataclass(frozen=True)
class Adapter:
    """``tensors``: all of its file. ``base``: the name of the model it changes, where it says so. ``deltas``: what is
    added to a weight, and ``whole``: what stands in a tensor's place, both by the names of the model it changes.
    ``elsewhere``: how many further changes are to other models in the base's file. ``doubled``: whether some are added
    two times."""

    tensors: Tensors
    base: str | None
    deltas: Mapping[str, Delta]
    whole: Mapping[str, Stored]
    elsewhere: int = 0
    doubled: bool = False

    @property
    def names(self) -> list[str]:
        return [*self.deltas, *self.whole]


def is_adapter(path: Path) -> bool:
    """Whether a folder holds an adapter."""
    return is_file(path / CONFIG)


def adapter_folder(path: Path) -> Path | None:
    """The folder of the adapter that lies at ``path``, which may be its file of weights; None for anything else."""
    folder = path.parent if path.name in (CONFIG, *FILES) else path
    return folder if is_adapter(folder) else None


def weight_files(folder: Path) -> list[Path] | None:
    """The file of weights beside the configuration, None where it is missing."""
    return next(([folder / name] for name in FILES if is_file(folder / name)), None)


def read_adapter(folder: Path) -> Adapter:
    """The adapter in ``folder``. CheckpointError for one of another kind, by its name, or that cannot be read."""
    said = {**DEFAULTS, **(read_json(folder, CONFIG) or {})}
    files = weight_files(folder)
    if files is None:
        raise CheckpointError(f"Beside {CONFIG} in {folder} lies neither {FILES[0]} nor {FILES[1]}: add it.")
    tensors = Tensors(read_table(files[0]), files[0].name, told_by=CONFIG)
    try:
        _check_kind(said)
        return _parsed(said, tensors)
    except (TypeError, ArithmeticError, ValueError) as error:
        raise CheckpointError(f"The adapter in {folder} cannot be merged ({error}): {OTHERWISE}.") from None


def _check_kind(said: dict[str, Any]) -> None:
    if (kind := said.get("peft_type")) != "LORA":
        raise ValueError(f"its peft_type is {kind!r}, and LORA alone is known here")
    if name := next((name for name in OTHER_WAYS if said.get(name)), None):
        raise ValueError(f"it is a LoRA with {name}, which is not known here")
    begun = said.get("init_lora_weights")
    if isinstance(begun, str) and begun.lower().startswith(CHANGE_THE_BASE):
        raise ValueError(f"its init_lora_weights, {begun!r}, changed the base's own weights as well")


def _parsed(said: dict[str, Any], tensors: Tensors) -> Adapter:
    halves: dict[str, dict[str, Tensor]] = {}  # layer → its A and B
    tables: set[str] = set()
    chosen: dict[str, str] = {}  # layer → the one that was chosen, which may hold it: torch's MultiheadAttention
    whole: dict[str, Stored] = {}
    for key, stored in tensors.table.items():
        if found := _MATRIX.fullmatch(key):
            layer = _WRAPPED.sub("", found["layer"])
            chosen[layer] = found["layer"].partition(".base_layer.")[0]
            if found["half"] in halves.setdefault(layer, {}):
                raise ValueError(f"of {layer} it holds {found['half']} twice")
            halves[layer][found["half"]] = tensors[key]
            tables |= {layer} if found["table"] else set()
        elif ".lora_" in key:
            raise ValueError(f"{key} is no part of a LoRA that is known here")
        elif ".original_module." not in key:
            whole[_WRAPPED.sub("", key)] = stored
    turned = reading.flag(said, "fan_in_fan_out")
    deltas = {
        f"{layer}.weight": _delta(layer, two, partial(_scale, said, chosen[layer], layer), turned or layer in tables)
        for layer, two in halves.items()
    }
    base = said["base_model_name_or_path"]
    doubled = any(layer != one for layer, one in chosen.items())
    return Adapter(tensors, base if isinstance(base, str) and base else None, deltas, whole, doubled=doubled)


def _delta(layer: str, halves: dict[str, Tensor], scale: Callable[[int], float], turned: bool) -> Delta:
    """``scale``: of a rank."""
    if len(halves) < 2:
        raise ValueError(f"of {layer} it holds {' and '.join(halves)} alone, not both A and B")
    a, b = halves["A"], halves["B"]
    if a.ndim < 2 or b.ndim < 2 or not a.shape[0] or a.shape[0] != b.shape[1] or prod(b.shape[2:]) != 1:
        raise ValueError(f"of {layer}, A {tuple(a.shape)} and B {tuple(b.shape)} do not fit each other")
    return Delta(a, b, scale(a.shape[0]), turned and a.ndim == 2)


def _scale(said: dict[str, Any], chosen: str, layer: str, rank: int) -> float:
    """α / r, or α / √r (rsLoRA, Kalajdzievski 2023, arXiv 2312.03732). Of ``alpha_pattern``, which names the α of some
    layers, the first that fits holds. Twice that for a ``layer`` inside of the one that was ``chosen``, the output of
    torch's MultiheadAttention: up to version 0.21 PEFT adds it two times there, in training as in merging
    (``lora.MultiheadAttention``; huggingface/peft, pull request 3774)."""
    patterns = said["alpha_pattern"] or {}
    if not isinstance(patterns, dict):
        raise ValueError(f"alpha_pattern is {patterns!r}, not a number by layer")
    named = chosen.removeprefix("base_model.model.")
    alpha = next((value for pattern, value in patterns.items() if _fits(pattern, named)), said["lora_alpha"])
    alpha = reading.number({"lora_alpha": alpha}, "lora_alpha")
    times = 1 if chosen == layer else 2
    return times * alpha / (sqrt(rank) if reading.flag(said, "use_rslora") else rank)


def _fits(pattern: str, layer: str) -> bool:
    """Whether a layer's name is the pattern, or ends in a dot and the pattern, as PEFT compares them."""
    if not _PATTERN.fullmatch(pattern) or len(pattern) > _LONGEST:
        raise ValueError(f"alpha_pattern holds {pattern[:_LONGEST]!r}, which is no simple name of layers")
    try:
        return len(layer) <= _LONGEST and re.match(rf"(.*\.)?({pattern})$", layer) is not None
    except re.error:
        raise ValueError(f"alpha_pattern holds {pattern!r}, which is no pattern of names") from None
