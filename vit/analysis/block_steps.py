"""One token's way through one block: every vector on it, from what enters to what leaves.

All are rows of what the pass computes for all tokens at once, so they are its numbers to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from vit.model.layers import LayerScale
from vit.model.trace import Trace

if TYPE_CHECKING:
    from vit.model.vit import ViT


@dataclass(frozen=True)
class BlockSteps:
    """The vectors of one token in the order in which a block makes them; d: width, h: heads, k: a head's width.

    ``joined``: the heads' answers times W_O; ``attn_out``: that times LayerScale, the same where there is none. ``up``:
    the MLP's hidden layer before the activation (gate, then value, for SwiGLU), ``activated`` after it, ``down``: that
    times the second matrix, ``mlp_out`` that times LayerScale. q and k are turned already where positions are rotary.
    """

    resid_pre: np.ndarray  # (d,)
    norm1: np.ndarray  # (d,)
    q: np.ndarray  # (h, k)
    k: np.ndarray  # (h, k)
    v: np.ndarray  # (h, k)
    pattern: np.ndarray  # (h, n)
    z: np.ndarray  # (h, k)
    joined: np.ndarray  # (d,)
    attn_out: np.ndarray  # (d,)
    resid_mid: np.ndarray  # (d,)
    norm2: np.ndarray  # (d,)
    up: np.ndarray  # (mlp,), (2·mlp,) for SwiGLU
    activated: np.ndarray  # (mlp,)
    down: np.ndarray  # (d,)
    mlp_out: np.ndarray  # (d,)
    resid_post: np.ndarray  # (d,)

    @property
    def sum_error(self) -> float:
        """The largest |x′ − (x + attention + MLP)|: what rounding leaves of the sum."""
        return float(np.abs(self.resid_post - (self.resid_pre + self.attn_out + self.mlp_out)).max())


@torch.inference_mode()
def block_steps(model: ViT, trace: Trace, layer: int, token: int) -> BlockSteps:
    """The way of ``token`` through block ``layer``, in the pass that ``trace`` recorded."""
    block, recorded = model.blocks[layer], trace.blocks[layer]
    attended = recorded.attended
    joined = block.attention.join(attended.z)  # (b, n, d)
    mlp = model.mlp_of(layer, recorded)
    of_tokens = {
        "resid_pre": recorded.resid_pre,
        "norm1": block.norm1(recorded.resid_pre),
        "joined": joined,
        "attn_out": block.scale1(joined),
        "resid_mid": recorded.resid_mid,
        "norm2": mlp.normed,
        "up": mlp.up,
        "activated": mlp.activated,
        "down": mlp.down,
        "mlp_out": block.scale2(mlp.down),
        "resid_post": recorded.resid_post,
    }
    of_heads = {"q": attended.q, "k": attended.k, "v": attended.v, "pattern": attended.pattern, "z": attended.z}
    return BlockSteps(
        **{name: tensor[0, token].numpy().copy() for name, tensor in of_tokens.items()},
        **{name: tensor[0, :, token].numpy().copy() for name, tensor in of_heads.items()},
    )


@dataclass(frozen=True)
class Added:
    """What every block adds to one token's vector, a number a block.

    ``length``: of the vector before block 0 and after every block, (depth + 1,). ``attention``, ``mlp``: of what each
    adds, (depth,). ``attention_cosine``, ``mlp_cosine``: between what is there and what is added, (depth,): above 0 it
    makes the vector longer, below 0 it takes away from it.
    """

    length: np.ndarray
    attention: np.ndarray
    mlp: np.ndarray
    attention_cosine: np.ndarray
    mlp_cosine: np.ndarray


@torch.inference_mode()
def added(trace: Trace, token: int) -> Added:
    """How the vector of ``token`` grows through the blocks of ``trace``."""
    levels = torch.stack([trace.residual(level)[0, token] for level in range(trace.depth + 1)])  # (depth + 1, d)
    middle = torch.stack([block.resid_mid[0, token] for block in trace.blocks])  # (depth, d)
    before, after = levels[:-1], levels[1:]
    attention, mlp = middle - before, after - middle  # (depth, d)

    def alike(one: torch.Tensor, other: torch.Tensor) -> np.ndarray:
        return torch.cosine_similarity(one, other, dim=-1).numpy()

    return Added(
        levels.norm(dim=-1).numpy(),
        attention.norm(dim=-1).numpy(),
        mlp.norm(dim=-1).numpy(),
        alike(before, attention),
        alike(middle, mlp),
    )


def layer_scale(model: ViT, layer: int) -> tuple[float, float]:
    """The mean magnitude of a block's LayerScale factors, of attention and of the MLP; 1 where it has none."""
    block = model.blocks[layer]

    def size(scale: nn.Module) -> float:
        return scale.gamma.abs().mean().item() if isinstance(scale, LayerScale) else 1.0

    return size(block.scale1), size(block.scale2)
