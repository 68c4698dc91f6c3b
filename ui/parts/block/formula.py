"""The block as its formula, with one token's numbers: from the vector that enters to the one that leaves."""

from __future__ import annotations

import numpy as np
import streamlit as st
from torch import nn

from ui.parts.block.flow import Step, Vector, around_zero, flow
from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from vit import ViTConfig
from vit.analysis.block_steps import BlockSteps
from vit.figures.colour import VIRIDIS


def formula(scene: Scene, steps: BlockSteps) -> None:
    """Both halves of the block, left to right, and how exactly the parts add up."""
    config, layout, layer = scene.model.config, scene.layout, scene.layer
    name = layout.name(scene.token)
    st.subheader(f"{name} in block {layer}, number by number", anchor=False)
    x, mid = r"\mathbf{x}", r"\mathbf{x}_{\text{mid}}"
    attention, mlp = (rf"\text{{{part}}}" for part in ("attention", "MLP"))
    read = x if config.parallel else mid
    if config.norm_after_branch:
        halves = rf"\text{{norm}}({attention}({x}))", rf"\text{{norm}}({mlp}({read}))"
    else:
        halves = rf"{attention}(\text{{norm}}({x}))", rf"{mlp}(\text{{norm}}({read}))"
    st.latex(rf"\begin{{aligned}}{mid} &= {x} + {halves[0]} \\ {x}' &= {mid} + {halves[1]}\end{{aligned}}")
    rows = [
        ("Attention: take from other tokens", _attention(scene, steps)),
        ("MLP: work on what is there, each token by itself", _mlp(scene, steps)),
    ]
    flow(rows, key="flow", alt=f"The way of {name} through block {layer} as blocks of cells")
    note(
        "A cell is a number: orange above 0, blue below, the strongest colour for the largest of each group of cells; "
        "the pattern from 0 (dark) to its largest share (bright). Point at a cell to read it."
    )
    error = f"{steps.sum_error:.1e}, what rounding to seven digits leaves" if steps.sum_error else "exactly 0"
    explain(
        f"**x′ = x + attention + MLP**, in all {config.width} numbers: the largest difference between the two sides is "
        f"**{error}**."
    )


def _attention(scene: Scene, steps: BlockSteps) -> list[Step]:
    config, head, layout = scene.model.config, scene.head, scene.layout
    heads, k, n = config.heads, config.head_width, layout.n_tokens
    three = tuple(around_zero(f"{what} of head {head}", getattr(steps, what)[head]) for what in "qkv")
    attention = scene.model.blocks[scene.layer].attention
    turned = ", q and k turned by place" if config.has("rotary") else ""
    return [
        _step("", "", "x", "x", steps.resid_pre),
        *_norm(config, scene.model.blocks[scene.layer].norm1, "x", steps.norm1),
        Step(
            f"× W_Q, W_K, W_V{turned}",
            _matrix(attention.qkv),
            f"q, k, v of head {head}",
            three,
            "k",
            f"{k} each",
        ),
        Step(
            f"q · every key, ÷ √{k}, softmax",
            "",
            "pattern",
            (_shares(f"share of head {head}", layout.grid, steps.pattern[head, layout.n_prefix :]),),
            "n",
            f"{n}",
            _prefix_shares(scene, steps),
        ),
        _step("Σ share · v, in every head", "", "z", "z", steps.z.reshape(-1), axes="(h k)", shape=f"{heads} · {k}"),
        _step(
            f"{'norm, ' if config.attention_norm else ''}× W_O{_behind(config)}",
            _matrix(attention.out),
            "attention",
            "attention",
            steps.attn_out,
        ),
    ]


def _mlp(scene: Scene, steps: BlockSteps) -> list[Step]:
    config, mlp = scene.model.config, scene.model.blocks[scene.layer].mlp
    activation = "silu(gate) · value" if config.activation == "swiglu" else "GELU"
    if config.parallel:
        entering = _step("", "", "x", "x", steps.resid_pre)
    else:
        entering = _step("x + attention", "", "x_mid", "x_mid", steps.resid_mid)
    return [
        entering,
        *_norm(config, scene.model.blocks[scene.layer].norm2, entering.symbol, steps.norm2),
        _step("× W₁", _matrix(mlp.up), "hidden", "hidden", steps.up, axes="mlp"),
        _step(activation, "", "active", "active", steps.activated, axes="mlp"),
        _step(
            f"{'norm, ' if config.mlp_norm else ''}× W₂{_behind(config)}",
            _matrix(mlp.down),
            "MLP",
            "MLP",
            steps.mlp_out,
        ),
        _step("+ x_mid", "", "x′", "x′", steps.resid_post),
    ]


def _norm(config: ViTConfig, norm: nn.Module, read: str, out: np.ndarray) -> list[Step]:
    """The step of a norm on what is ``read``; none in a model whose norms stand behind its branches."""
    if config.norm_after_branch:
        return []
    name, parameters = {"layer": ("LayerNorm", "γ, β"), "rms": ("RMSNorm", "γ")}[config.norm]
    return [_step(name, f"{parameters}: {_count(norm):,}", f"norm({read})", f"norm({read})", out)]


def _behind(config: ViTConfig) -> str:
    """What follows the last matrix of a branch."""
    return ", norm" if config.norm_after_branch else " × LayerScale" if config.layer_scale is not None else ""


def _step(
    operation: str, note: str, symbol: str, name: str, vector: np.ndarray, axes: str = "d", shape: str = ""
) -> Step:
    length = f"length {np.linalg.norm(vector):.4g}"
    return Step(operation, note, symbol, (around_zero(name, vector),), axes, shape or str(vector.size), length)


def _shares(name: str, grid: tuple[int, int], shares: np.ndarray) -> Vector:
    return Vector(name, shares.reshape(grid), 0.0, float(shares.max()), VIRIDIS)


def _prefix_shares(scene: Scene, steps: BlockSteps) -> str:
    """What the head takes from the tokens that have no place in the picture."""
    shares = steps.pattern[scene.head, : scene.layout.n_prefix]
    return ", ".join(f"{scene.layout.name(token)} {share:.3f}" for token, share in enumerate(shares))


def _matrix(linear: nn.Linear) -> str:
    """A matrix's size, whether a bias is added, and how many numbers both are."""
    bias = "" if linear.bias is None else " + bias"
    return f"{linear.in_features} × {linear.out_features}{bias}: {_count(linear):,}"


def _count(module: nn.Module) -> int:
    """How many numbers a step has learnt."""
    return sum(parameter.numel() for parameter in module.parameters())
