"""A model in the making as a film: one slider moves attention, answer, positions and filters through the checkpoints.

All checkpoints are sent at once, as bytes; scrubbing and playing stay in the browser. Only the checkpoint at which
the person stops comes back, and the head that was chosen.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ui.widgets.component import component, sent
from ui.widgets.png import png
from vit.figures.colour import VIRIDIS
from vit.training.learn.look import Look

_mount = component("growth", Path(__file__).parent, "colours", "arrows")
FILTERS = 64  # the first of a wide model's
LIKENESS_CELLS = 64  # patches up to which the positions of all are shown


def growth(
    looks: Sequence[tuple[int, Look]],
    names: Sequence[str],
    probe: int,
    *,
    picture: Image.Image,
    classes: Sequence[str],
    truth: int | None,
    filters: np.ndarray,
    vectors: np.ndarray,
    asker: str,
    key: str,
    on_step: Callable[[int], None],
) -> None:
    """Show ``looks``, (step, look) each, at the probe picture of that number; ``names`` says what each step is.

    ``truth``: the picture's class, if known. ``filters``: (steps, d, p, p, 3) and ``vectors``: (steps, gh, gw,
    3) RGB bytes. ``on_step`` is called with the step one stops at.
    """
    attention = np.stack([look.attention[probe] for _, look in looks])  # (steps, depth, h, gh, gw)
    top = float(attention.max())
    likeness = [look.likeness for _, look in looks if look.likeness is not None]
    small = bool(likeness) and likeness[0].shape[0] * likeness[0].shape[1] <= LIKENESS_CELLS
    depth, heads, gh, gw = attention.shape[1:]
    steps = [step for step, _ in looks]
    data = {
        "steps": steps,
        "names": list(names),
        "grid": [gh, gw],
        "shape": [depth, heads],
        "top": top,
        "attention": _packed(attention / max(top, 1e-9)),
        "likeness": _packed((np.stack(likeness) + 1) / 2) if small else "",
        "filters": base64.b64encode(filters[:, :FILTERS].tobytes()).decode(),
        "vectors": base64.b64encode(vectors.tobytes()).decode(),
        "filter": [min(FILTERS, filters.shape[1]), filters.shape[2]],
        "probabilities": [[round(float(p), 5) for p in look.probabilities[probe]] for _, look in looks],
        "classes": list(classes),
        "truth": -1 if truth is None else truth,
        "picture": f"data:image/png;base64,{base64.b64encode(png(picture)).decode()}",
        "asker": asker,
        "colours": list(VIRIDIS),
    }

    def chosen() -> None:
        step = sent(key, "step")
        if step in steps:
            on_step(step)

    _mount(key=key, data=data, on_step_change=chosen)


def _packed(shares: np.ndarray) -> str:
    """Shares 0 … 1 as a byte each."""
    return base64.b64encode((np.clip(shares, 0, 1) * 255).round().astype(np.uint8).tobytes()).decode()
