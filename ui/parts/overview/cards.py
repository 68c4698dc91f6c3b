"""What the Overview shows of each stage: a thumbnail made from this picture's numbers, a shape, a few words.

A function a stage, named by its entry in ``ui/shell/stages.py``: ``(scene) → its cards``, most have one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from ui.parts.overview.answer import answer_bars, settled
from ui.server import results
from ui.server.shared import shared_result
from ui.session.scene import Scene
from ui.widgets.png import png
from vit.analysis.attention import fuse
from vit.analysis.components import colours, normalise, principal_components
from vit.figures.overview import heat_over, vector_block
from vit.figures.patches import patches_apart
from vit.figures.plain import cells

SIDE = 224  # pixels across a thumbnail


@dataclass(frozen=True)
class Card:
    """What is seen, a PNG or something that is drawn in place, the shape of the tensor behind it, and what to look for.

    ``title``: if not the stage's.
    """

    content: bytes | Callable[[], None]
    shape: tuple[int, ...]
    words: str
    title: str | None = None


@shared_result(max_bytes=48e6)
def _thumbnail(key: tuple[str | int, ...], _draw: Callable[[], Image.Image]) -> bytes:
    """The picture that ``_draw`` makes, as a PNG ``SIDE`` pixels across. ``key`` names it, for all sessions."""
    picture = _draw()
    return png(picture.resize((SIDE, round(SIDE * picture.height / picture.width)), Image.Resampling.NEAREST))


def picture_and_patches(scene: Scene) -> list[Card]:
    """The page about patches also tells what was done to the picture, so it has a card for each."""
    trace, picture = scene.trace, scene.cropped
    whole = _thumbnail((*scene.key, "picture"), lambda: picture)
    apart = _thumbnail((*scene.key, "patches"), lambda: patches_apart(picture, trace.patch_size))
    squares = f"{scene.layout.n_patches} squares of {trace.patch_size} px"
    return [
        Card(whole, tuple(trace.pixels.shape), "resized, cropped, normalised", "Picture"),
        Card(apart, tuple(trace.patches.shape), squares),
    ]


def patch_embedding(scene: Scene) -> list[Card]:
    """The embeddings' three main directions as red, green and blue."""
    vectors = scene.trace.patch_embedding  # (1, gh·gw, d)

    def draw() -> Image.Image:
        _, scores, _ = principal_components(normalise(vectors[0].numpy()), 3)
        return cells(colours(scores).reshape(*scene.layout.grid, 3), SIDE)

    return [Card(_thumbnail((*scene.key, "embedding"), draw), tuple(vectors.shape), "like colour, like vector")]


def position(scene: Scene) -> list[Card]:
    """How like every place is to the place of the chosen patch."""
    place = scene.place

    def draw() -> Image.Image:
        similarity = results.position_similarity(scene.model_name, scene.layout, scene.model)
        return heat_over(scene.cropped, (similarity[place] + 1) / 2, 0.75)  # cosine −1 … 1 → 0 … 1

    picture = _thumbnail((*scene.key, "position", scene.patch), draw)
    return [Card(picture, tuple(scene.trace.tokens.shape), f"bright: places like patch {place}")]


def attention(scene: Scene) -> list[Card]:
    """Mean attention over the heads of the chosen layer, from one token to every patch."""
    pattern, token = scene.trace.blocks[scene.layer].pattern, attending_token(scene)  # (1, h, n, n)

    def draw() -> Image.Image:
        row: np.ndarray = fuse(pattern[0].numpy(), "mean")[token]  # (n,)
        return heat_over(scene.cropped, row[scene.layout.n_prefix :].reshape(scene.layout.grid))

    picture = _thumbnail((*scene.key, "attention", token, scene.layer), draw)
    words = f"where {scene.layout.name(token)} looks, block {scene.layer}, mean of heads"
    return [Card(picture, tuple(pattern.shape), words)]


def attending_token(scene: Scene) -> int:
    """Whose attention the Overview shows: CLS if there is one, else the chosen patch."""
    return 0 if scene.layout.n_prefix else scene.patch


def block(scene: Scene) -> list[Card]:
    """How much the MLP of the chosen layer adds to every patch."""
    recorded = scene.trace.blocks[scene.layer]

    def draw() -> Image.Image:
        lengths = scene.layout.patches(recorded.mlp_out)[0].norm(dim=-1).numpy()  # (gh·gw,)
        return heat_over(scene.cropped, lengths.reshape(scene.layout.grid))

    picture = _thumbnail((*scene.key, "block", scene.layer), draw)
    return [
        Card(picture, tuple(recorded.resid_post.shape), f"bright: to these the MLP of block {scene.layer} adds most")
    ]


def output(scene: Scene) -> list[Card]:
    """The answer, where the model has names for it; else the vector that comes out."""
    pooled, logits = scene.trace.pooled, scene.trace.logits  # (1, d), (1, classes)
    if logits is not None:
        return [Card(partial(answer_bars, scene), tuple(logits.shape), settled(scene))]
    picture = _thumbnail((*scene.key, "output"), lambda: vector_block(pooled[0].numpy(), SIDE))
    return [Card(picture, tuple(pooled.shape), "a cell a number: the answer")]
