"""An adapter put by PEFT on the base as another library has it, to be run beside ours.

PEFT takes ten seconds to import, so it is imported inside :func:`by_peft`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from torch import Tensor, nn

from vit.checkpoints.adapted import adapted_folder
from vit.checkpoints.files import CheckpointError, Weights, read_json
from vit.checkpoints.lora import Adapter, Delta
from vit.checkpoints.merging import placed
from vit.checkpoints.writing import write_folder
from vit.families import Family, family_for
from vit.families.keys import Keys
from vit.model.layout import TokenLayout
from vit.reference.output import AnyTwin, TwinOutput


@dataclass(frozen=True)
class PeftTwin:
    """Another library's model of the base, with the adapter that PEFT has merged into it."""

    base: AnyTwin

    @property
    def name(self) -> str:
        return f"{self.base.name} with PEFT's adapter"

    @property
    def labels(self) -> dict[int, str]:
        return self.base.labels

    def run(self, pixels: Tensor, layout: TokenLayout) -> TwinOutput:
        return self.base.run(pixels, layout)


@dataclass(frozen=True)
class Base:
    """The base of an adapter, what the adapter has trained whole in its place: ``path``, its folder or file, ``family``
    and ``keys``, the family's names for our parameters."""

    path: Path
    family: Family
    keys: Keys


@contextmanager
def whole_parts(path: Path, adapter: Adapter) -> Iterator[Base]:
    """The folder of a base, with the adapter's head and whatever else of it was trained whole, but no LoRA."""
    hub = read_json(path, "config.json") or {}
    family = family_for(hub, str(path))
    hub, tensors = adapted_folder(family, hub, Weights(path), replace(adapter, deltas={}))
    keys = family.keys(family.config(hub, family.strip(tensors)))
    with TemporaryDirectory() as folder:
        write_folder(Path(folder), dict(tensors), {"config.json": hub})
        yield Base(Path(folder), family, keys)


def by_peft(twin: Any, adapter: Adapter, folder: Path, base: Base) -> PeftTwin:
    """``twin``, a dataclass with another library's ``module`` of the base, after PEFT has put the peeled ``adapter`` of
    ``folder`` on it. CheckpointError where PEFT is not there, or finds other layers."""
    try:
        from peft import LoraConfig, get_peft_model, set_peft_model_state_dict
    except ImportError:
        raise CheckpointError(
            "PEFT is not installed, so the adapter cannot be put on its base: pip install peft"
        ) from None
    state = _state(twin, adapter, base)
    layers = {key.partition(".lora_")[0].partition(".base_layer.")[0]: a for key, a in state.items() if "_A" in key}
    try:
        config = LoraConfig.from_pretrained(str(folder))
        config.target_modules = "|".join(map(re.escape, layers))  # each by its whole name in this module
        config.rank_pattern = {re.escape(layer): a.shape[0] for layer, a in layers.items()}
        config.modules_to_save = config.layers_to_transform = config.exclude_modules = config.task_type = None
        config.bias, config.init_lora_weights = "none", True  # what was trained whole is in the base already
        wrapped = get_peft_model(twin.module, config)
        read: Any = set_peft_model_state_dict(
            wrapped, {f"base_model.model.{key}": tensor for key, tensor in state.items()}
        )
        module = wrapped.merge_and_unload()
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError) as error:
        reason = str(error).split("\n")[0]
        raise CheckpointError(f"PEFT cannot put {folder} on {twin.name}: {reason}") from None
    if unread := [*read.unexpected_keys, *(key for key in read.missing_keys if ".lora_" in key)]:
        raise CheckpointError(f"PEFT does not read {unread[0]} of {folder} into {twin.name}: nothing to compare.")
    return PeftTwin(replace(twin, module=module.eval()))


def _state(twin: Any, adapter: Adapter, base: Base) -> dict[str, Tensor]:
    """An adapter's matrices as PEFT names them in the twin's module."""
    names = base.family.strip(twin.module.state_dict())
    places: dict[str, Delta] = {}  # the twin's key → what is added to it
    for name, delta in adapter.deltas.items():
        change = placed(name, delta, base.keys, names)
        if change is not None and change.parts == 1:
            places[change.key] = delta
        elif change is not None or base.family.why_ignored(name) is None:  # else of a part that the twin has not
            raise CheckpointError(f"{twin.name} has no layer {name} that PEFT could change: nothing to compare.")
    found: dict[str, Tensor] = {}
    for key, delta in places.items():
        layer = key.rpartition(".")[0]
        table = isinstance(twin.module.get_submodule(layer), nn.Embedding)
        holder, _, last = layer.rpartition(".")
        if f"{holder}.in_proj_weight" in places:  # torch's MultiheadAttention, which PEFT wraps as a whole
            layer = f"{holder}.base_layer.{last}"
        a, b = ("lora_embedding_A", "lora_embedding_B") if table else ("lora_A.weight", "lora_B.weight")
        found |= {f"{layer}.{a}": delta.a, f"{layer}.{b}": delta.b}
    return found
