"""Many vectors become one: which tokens the output is read from, and where in the picture it comes from."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from ui.shell.refusals import fragment
from ui.widgets.patch_map import patch_map
from vit.analysis.output import pooled_to_patches
from vit.figures.embedding import vector_bars
from vit.model.pooling import first_pooled


def many_become_one(scene: Scene) -> None:
    """What is read, as words and as a formula, and the vector that comes out."""
    layout, parts = scene.layout, scene.model.config.pooling.split("+")
    pooled = scene.trace.pooled[0].numpy()  # (d,), twice as long where two are read
    words, formulas = _words(scene), _formulas(scene)
    st.subheader("Many become one", anchor=False)
    last = {
        "tokens": f"all {layout.n_tokens} tokens go through a last norm. The output of this model is then",
        "pooled": f"{layout.n_tokens} tokens are there. The output of this model is, behind a last norm,",
        "none": f"{layout.n_tokens} tokens are there, and no norm follows. The output of this model is",
    }[scene.model.config.last_norm]
    explain(
        f"After block {scene.model.config.depth - 1} {last} {', and beside it '.join(words[part] for part in parts)}."
    )
    read = r"\;\mid\;".join(formulas[part] for part in parts)
    if len(parts) > 1:
        read = rf"\big[\,{read}\,\big]"
    st.latex(rf"\underbrace{{\mathbf{{y}}}}_{{{len(pooled)}}} = {read}")
    st.plotly_chart(vector_bars(pooled), key="pooled", alt=f"The output vector, {len(pooled)} numbers")
    note(f"The output vector of your picture: {len(pooled)} numbers, of length {np.linalg.norm(pooled):.3f}.")


def _words(scene: Scene) -> dict[str, str]:
    """Pooling as a config names it → what that is."""
    layout = scene.layout
    words = {
        "mean": f"the **mean of {_read(scene, 'mean')}**",
        "max": f"the **largest number of each dimension** among {_read(scene, 'max')}",
        "mean&max": f"half the **mean**, half the **largest number of each dimension**, of {_read(scene, 'mean&max')}",
        "map": "the answer of an **attention pooling head**: one more attention, in which a learnt *probe* asks and "
        f"{'all tokens' if first_pooled(scene.model.config, 'map') == 0 else 'the patches'} answer, and one more MLP",
    }
    for token, prefix in enumerate(layout.prefix):
        words[prefix] = f"the **{layout.name(token)} token**, which is no patch and gathers from all in every block"
    return words


def _read(scene: Scene, part: str) -> str:
    """Which tokens are pooled, in words."""
    layout = scene.layout
    if layout.n_prefix and first_pooled(scene.model.config, part) == 0:
        return f"all {layout.n_tokens} tokens"
    return f"the {layout.n_patches} patches"


def _formulas(scene: Scene) -> dict[str, str]:
    """Pooling as a config names it → its formula."""
    config, layout = scene.model.config, scene.layout

    def norm(x: str, place: str = "tokens") -> str:
        return rf"\mathrm{{norm}}({x})" if config.last_norm == place else x

    def mean(part: str) -> str:
        count = layout.n_tokens - first_pooled(config, part)
        among = r"\text{patches}" if count == layout.n_patches else r"\text{tokens}"
        return rf"\frac{{1}}{{{count}}} \sum_{{i \,\in\, {among}}} {norm(x_i)}"

    x_i = r"\mathbf{x}_i"
    largest = rf"\max_i {norm(x_i)}"
    first = first_pooled(config, "map")
    one, other = (norm(rf"\mathbf{{x}}_{{{i}}}") for i in (first, layout.n_tokens - 1))
    formulas = {
        "mean": mean("mean"),
        "max": largest,
        "mean&max": rf"\tfrac{{1}}{{2}} \Big({mean('mean&max')} + {largest}\Big)",
        "map": rf"\mathrm{{MAP}}\big({one} \ldots {other}\big)",
    }
    for token, prefix in enumerate(layout.prefix):
        formulas[prefix] = norm(rf"\mathbf{{x}}_{{\text{{{layout.name(token)}}}}}")
    return {part: norm(formula, "pooled") for part, formula in formulas.items()}


@fragment
def per_patch(scene: Scene) -> None:
    """Over the picture: where the pooling head looks, or, without one, which patches are like the output."""
    left, right = st.columns([2, 3])
    with right:
        values = patch_values(scene)
        label, values, scale = _likeness(scene, values) if values.ndim == 1 else _pooling_attention(scene, values)
    with left:
        alt = f"{label} of the output with every patch"
        patch_map(scene.cropped, scene.layout, key="pooled_map", alt=alt, values=values, scale=scale, label=label)


def patch_values(scene: Scene) -> np.ndarray:
    """The cosine of the output with every patch, (gh·gw,); of a pooling head the weights of each of its heads,
    (h, gh·gw)."""
    trace = scene.trace
    if trace.pool_pattern is None:
        return pooled_to_patches(trace)
    return scene.layout.patches(trace.pool_pattern[0], axis=-1).numpy()


Map = tuple[str, np.ndarray, tuple[float, float]]  # what is shown, one value a patch, the ends of the scale


def _pooling_attention(scene: Scene, pattern: np.ndarray) -> Map:
    """``pattern``: the shares that the probe gives, a row a head, (h, gh·gw)."""
    n = scene.layout.n_tokens
    explain("**Where the pooling head looks.** It asks with one learnt probe, the same for every picture.")
    head = st.select_slider("Head of the pooling", ["mean", *map(str, range(len(pattern)))], key="pool_head")
    note(f"The shares of all {n} tokens sum to 1; looking everywhere alike would be {1 / n:.5f} each.")
    values = pattern.mean(0) if head == "mean" else pattern[int(head)]
    return "attention", values, (0.0, float(values.max()))


def _likeness(scene: Scene, values: np.ndarray) -> Map:
    first = _words(scene)[scene.model.config.pooling.split("+")[0]].split(",")[0]
    explain(
        f"**Which patches are like the output?** The cosine of the output ({first}) with the final vector of every "
        "patch: 1 means the same direction, 0 nothing in common. Bright patches say much the same as the whole."
    )
    fixed = st.toggle("Fixed scale, −1 to 1", key="fixed_output_cosine")
    return "cosine", values, (-1.0, 1.0) if fixed else (float(values.min()), float(values.max()))
