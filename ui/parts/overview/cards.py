"""The whole way at a glance: one card a stage, each with a thumbnail made from this picture's numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image

from ui.server import results
from ui.server.shared import shared_result
from ui.session import choices
from ui.session.scene import Scene
from ui.shell.router import page
from ui.shell.stages import STAGES, Stage
from ui.widgets.png import png, still
from vit import Trace
from vit.analysis.attention import fuse
from vit.analysis.components import colours, normalise, principal_components
from vit.analysis.output import class_names, probabilities, top
from vit.figures.numbers import percent
from vit.figures.overview import heat_over, vector_block
from vit.figures.patches import patches_apart
from vit.figures.plain import cells

SIDE = 224
# Two cards in a row on a phone, three on a laptop, all six on a projector.
_STYLE = """<style>
.st-key-strip { display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); gap: 0.75rem; align-items: stretch; }
.st-key-strip > * { width: auto; min-width: 0; display: grid; }
.st-key-strip > * > * { height: auto; }
.st-key-strip [data-testid="stPageLink-NavLink"] { padding-inline: 0; }
@media (max-width: 1700px) { .st-key-strip { grid-template-columns: repeat(3, minmax(0, 1fr)); } }
@media (max-width: 640px) { .st-key-strip { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
</style>"""


@dataclass(frozen=True)
class Card:
    """One stop of the walk: what is seen (a PNG), its shape, and the page that explains it."""

    stage: Stage
    title: str
    picture: bytes
    shape: tuple[int, ...]
    words: str


@shared_result(max_entries=128)
def _embedding_colours(key: tuple[str, ...], _trace: Trace) -> np.ndarray:
    """The patch embeddings' three main directions as red, green and blue: (gh, gw, 3)."""
    _, scores, _ = principal_components(normalise(_trace.patch_embedding[0].numpy()), 3)
    return colours(scores).reshape(*_trace.layout.grid, 3)


def asker(scene: Scene) -> int:
    """Whose attention the overview shows: CLS if there is one, else the chosen patch."""
    return 0 if scene.layout.n_prefix else scene.patch


def _attention(scene: Scene, token: int, layer: int) -> np.ndarray:
    """Mean attention over the heads of a layer from one token to every patch: (gh, gw)."""
    row = fuse(scene.trace.blocks[layer].pattern[0].numpy(), "mean")[token]
    return row[scene.layout.n_prefix :].reshape(scene.layout.grid)


@shared_result(max_entries=64)  # about half a megabyte each
def _pictures(key: tuple[str, ...], patch: int, _scene: Scene) -> tuple[bytes, ...]:
    """The thumbnails as PNG that no layer changes: the four stops before the blocks, and the answer."""
    trace, layout, seen = _scene.trace, _scene.layout, _scene.seen
    similar = results.position_similarity(_scene.model_name, layout, _scene.model)
    position = (similar[layout.row_column(patch)] + 1) / 2  # cosine −1 … 1 → 0 … 1
    pictures = (
        seen,
        patches_apart(seen, trace.patch_size),
        cells(_embedding_colours(key, trace), SIDE),
        heat_over(seen, position, 0.75),
        vector_block(trace.pooled[0].numpy(), SIDE),
    )
    return tuple(map(_thumbnail, pictures))


@shared_result(max_entries=256)  # about a tenth of a megabyte each
def _attention_picture(key: tuple[str, ...], asker: int, layer: int, _scene: Scene) -> bytes:
    """The one thumbnail that follows the layer."""
    return _thumbnail(heat_over(_scene.seen, _attention(_scene, asker, layer)))


def _thumbnail(picture: Image.Image) -> bytes:
    return png(picture.resize((SIDE, round(SIDE * picture.height / picture.width)), 0))


def cards(scene: Scene) -> list[Card]:
    """The stops of the walk for this picture."""
    trace, layout, layer = scene.trace, scene.layout, scene.layer
    place = layout.row_column(scene.patch)
    seen = (
        (trace.pixels, "resized, cropped, normalised"),
        (trace.patches, f"{layout.n_patches} squares of {trace.patch_size} px"),
        (trace.patch_embedding, "like colour, like vector"),
        (trace.tokens, f"bright: places like patch {place}"),
        (trace.blocks[layer].pattern, f"where {layout.name(asker(scene))} looks, layer {layer}, mean of heads"),
        (trace.pooled, _answer(scene)),
    )
    stages = (STAGES[1], *STAGES[1:])  # the page about patches also tells what was done to the picture
    titles = ("Picture", *(stage.title for stage in STAGES[1:]))
    *before, answer = _pictures(scene.key, scene.patch, scene)
    pictures = (*before, _attention_picture(scene.key, asker(scene), layer, scene), answer)
    return [
        Card(stage, title, picture, tuple(tensor.shape), words)
        for stage, title, picture, (tensor, words) in zip(stages, titles, pictures, seen, strict=True)
    ]


def _answer(scene: Scene) -> str:
    """What the last vector says, by the name of the likeliest class where the model has classes."""
    if scene.trace.logits is None:
        return "a cell a number: the answer"
    shares = probabilities(scene.trace.logits[0].numpy())  # (classes,)
    [best] = top(shares, 1)
    [name] = class_names(scene.model.config.labels, [best])
    return f"a cell a number; read as {name}, {percent(shares[best])}"


def strip(scene: Scene) -> None:
    """Draw the cards side by side."""
    st.html(_STYLE)
    with st.container(key="strip"):
        for card in cards(scene):
            with st.container(border=True, gap="xsmall"):
                st.page_link(page(card.stage), label=f"**{card.title}** →", width="stretch")
                still(card.picture, f"{card.title}: {card.words}", "stretch")
                st.caption(f"{choices.escape(card.words)}  \n`{' × '.join(map(str, card.shape))}`")
