"""The attention explorer: all layers, all heads, any query, in the browser.

A components-v2 component in plain JavaScript. Python gives it one file a (picture, model), which
the browser fetches once, the block in view first; from then on pointing, scrubbing and comparing happen there alone.
Only what is *pinned* comes back: a token, a layer, a head.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from ui.parts.attention.explorer import payload
from ui.parts.attention.measured_heads import measured_heads
from ui.server import shared_files
from ui.server.shared import model_result
from ui.widgets.component import component, sent, whole_number
from vit import Trace, ViT

_FIGURES = ("picture", "heads", "matrix", "readout")
_SCRIPTS = ("payload", "blocks", "numbers", "scale", *_FIGURES, "controls", "pointers", "keys", "explorer", "main")
_mount = component(
    "explorer",
    Path(__file__).parent,
    "colours",
    "arrows",
    "packed_arrays",
    "token_grid",
    scripts=[f"js/{name}" for name in _SCRIPTS],
)


@model_result(max_entries=0)  # nothing is kept but the file; two people who ask at once share the work
def _packed(name: str, _key: tuple[str, ...], _trace: Trace, _model: ViT) -> bytes:
    file, heads = payload.pack(_trace, _model)
    measured_heads.put(heads, _key, _trace)
    return file


def attention_explorer(
    trace: Trace,
    model: ViT,
    *,
    trace_key: tuple[str, ...],
    key: str,
    alt: str,
    token: int,
    layer: int,
    head: int,
    on_pin: Callable[[int, int | None, int | None], None],
) -> None:
    """Draw the explorer of ``trace``, which results know as ``trace_key``, opened at a token, layer and head.

    ``on_pin(token, layer, head)`` is called when the person has chosen others; layer or head is None
    where they look at something that is no block's (the MAP head) or no single head's (a fusion).
    """
    name = shared_files.fingerprint(trace)
    try:
        with st.spinner("All attention is being packed …"):
            url = shared_files.share(name, lambda: _packed(name, trace_key, trace, model))
    except OSError as error:
        st.error(f"The explorer cannot be shown: its files cannot be written to static/cache ({error.strerror}).")
        return

    counts = {"token": trace.layout.n_tokens, "layer": trace.depth, "head": trace.n_heads}

    def pinned() -> None:  # stays in the session, so it must not hold the trace
        choice = sent(key, "pinned")
        if not isinstance(choice, dict) or choice.keys() != counts.keys():
            return
        if all(_within(choice[name], count) for name, count in counts.items()):
            on_pin(choice["token"], choice["layer"], choice["head"])

    _mount(
        key=key,
        data={"url": url, "alt": alt, "token": token, "layer": layer, "head": head},
        on_pinned_change=pinned,
        on_lost_change=lambda: None,  # running again is all there is to do: ``share`` writes the file anew
    )


def _within(index: object, count: int) -> bool:
    return index is None or whole_number(index, count) is not None
