"""transformers' own model of a checkpoint, to be run beside ours by :mod:`vit.reference.compare`.

transformers takes seconds to import, so it is imported inside :func:`load_transformers`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vit.checkpoints.files import CheckpointError, Weights
from vit.checkpoints.loading import family_of
from vit.families.family import Family, Reference, its_pooler, no_pooling
from vit.families.wrappers import without, wrapped_in
from vit.model.layout import TokenLayout
from vit.reference.output import TwinOutput


@dataclass(frozen=True)
class Twin:
    """transformers' model of the same checkpoint, and the arguments its family needs."""

    module: Any
    how: Reference

    @property
    def name(self) -> str:
        return type(self.module).__name__

    @property
    def labels(self) -> dict[int, str]:
        """What it calls its classes, by number."""
        labels: dict[int, str] = self.module.config.id2label
        return labels

    @torch.inference_mode()
    def run(self, pixels: Tensor, layout: TokenLayout) -> TwinOutput:
        """Its residual streams and patterns by layer, what its head reads, and its logits."""
        self._check_size(pixels)
        read: list[Tensor] = []
        heads = [module for name, module in self.module.named_children() if name.endswith("classifier")]
        hooks = [head.register_forward_pre_hook(lambda head, inputs: read.append(inputs[0])) for head in heads]
        asked = {"output_hidden_states": True, "output_attentions": True, **self._arguments(pixels, layout)}
        try:
            out = self.module(self.how.pixels(pixels, layout), **asked)
        except RuntimeError as error:
            if not self._learnt_squares:
                raise CheckpointError(
                    f"{self.name} cannot stretch the positions of a model that learnt pictures which are not square: "
                    "choose the model's own resolution."
                ) from error
            raise
        finally:
            for hook in hooks:
                hook.remove()
        pooled = torch.cat(read, dim=-1) if heads else self.how.pooled(out)
        residual, patterns = out.hidden_states, out.attentions
        if self.how.order is not None:
            order = torch.tensor(self.how.order(layout))
            residual = tuple(stream[:, order] for stream in residual)
            patterns = tuple(pattern[:, :, order][..., order] for pattern in patterns)
        return TwinOutput(residual, patterns, pooled, out.logits if heads else None)

    def _check_size(self, pixels: Tensor) -> None:
        """CheckpointError for a size that transformers' model does not run at."""
        height, width = _sides(self.module.config)
        if not self.how.stretches and tuple(pixels.shape[-2:]) != (height, width):
            raise CheckpointError(
                f"{self.name} of transformers runs at its own resolution alone: choose {height}×{width} pixels."
            )

    @property
    def _learnt_squares(self) -> bool:
        height, width = _sides(self.module.config)
        return height == width

    def _arguments(self, pixels: Tensor, layout: TokenLayout) -> dict[str, Any]:
        """What its family needs; without stretching positions where a model that did not learn squares needs none,
        because transformers stretches squares only."""
        arguments = self.how.arguments(layout)
        if not self._learnt_squares and tuple(pixels.shape[-2:]) == _sides(self.module.config):
            arguments.pop("interpolate_pos_encoding", None)
        return arguments


def _sides(config: Any) -> tuple[int, int]:
    """The (height, width) of the pictures that a model of transformers' learnt; any square where it does not say."""
    size = getattr(config, "image_size", 0)
    return (size[0], size[1]) if isinstance(size, (list, tuple)) else (size, size)


def load_transformers(folder: Path, family: Family) -> Twin:
    """transformers' own model of a checkpoint, eager and in fp32. CheckpointError where it cannot load it."""
    how = family.reference or Reference()
    _, hub = family_of(folder)
    weights = Weights(folder)
    keys = family.strip(weights)
    name = next((found for key, found in how.heads.items() if key in keys), how.tower)

    import transformers

    with quiet(transformers):
        try:
            kind = getattr(transformers, name)
            module, read = kind.from_pretrained(
                folder,
                output_loading_info=True,
                attn_implementation="eager",
                dtype=torch.float32,
                local_files_only=True,
                **inside(wrapped_in(weights), how),
                **({"config": kind.config_class(**hub[how.section])} if how.section else {}),
                **how.overrides,
            )
        except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
            reason = str(error).split("\n")[0]
            raise CheckpointError(f"transformers cannot load {folder} as {name}: {reason}") from None
    unread = sorted(without(key, family.roots) for key in read["missing_keys"])
    if how.pooled is its_pooler and any(key.startswith("pooler.") for key in unread):
        how = replace(how, pooled=no_pooling)  # a backbone, for whose pooler it has made up random numbers
    if missing := [key for key in unread if not key.startswith("pooler.") and family.why_ignored(key) is None]:
        raise CheckpointError(
            f"transformers does not find {missing[0]} and {len(missing) - 1} more in {folder} for its {name}, and "
            "would make up random numbers for them: nothing to compare."
        )
    return Twin(module.eval(), how)


def inside(wrapper: str, how: Reference) -> dict[str, Any]:
    """What ``from_pretrained`` needs to find a model inside a larger checkpoint, or inside what training wrapped it in:
    a pattern for what stands before its keys."""
    before = re.escape(wrapper) + "".join(f"(?:{re.escape(root)})?" for root in how.before)
    return {"key_mapping": {**({f"^{before}": ""} if before else {}), **how.renamed}}


@contextmanager
def quiet(transformers: Any) -> Iterator[None]:
    """Silence transformers while it loads: it would report every text key that a picture half leaves out."""
    logging = transformers.utils.logging
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
