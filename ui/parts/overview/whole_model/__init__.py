"""The whole model as one picture: patches → tokens → blocks → answer, drawn in the browser from the trace's numbers.

A components-v2 component. Following a token happens in the browser alone; what comes back is what the person pins (a
token, a block), the block that is unfolded, and the page they ask for.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st

from ui.parts.overview.answer import answer_by_level, likeliest, settled
from ui.parts.overview.whole_model import payload
from ui.server import results, shared_files
from ui.server.shared import model_result
from ui.session import choices
from ui.session.keys import chosen
from ui.session.scene import Scene
from ui.shell.refusals import fragment
from ui.shell.router import page_of
from ui.shell.stages import STAGES, STEPS, stage_of
from ui.widgets.component import component, sent, whole_number
from vit import Trace, ViT
from vit.analysis.output import class_names
from vit.figures.colour import VIRIDIS
from vit.figures.numbers import value_words

KEY = "whole_model"
_SCRIPTS = ("numbers", "across", "down", "drawing", "heads", "labels", "whole_model", "main")
_mount = component(
    KEY,
    Path(__file__).parent,
    "colours",
    "arrows",
    "numbers",
    "packed_arrays",
    "token_grid",
    scripts=[f"js/{name}" for name in _SCRIPTS],
)


@model_result(max_entries=0)  # nothing is kept but the file; two people who ask at once share the work
def _ways(name: str, _trace: Trace, _model: ViT, _scores: np.ndarray) -> bytes:
    return payload.whole(_trace, _model, _scores)


@model_result(max_entries=0)
def _heads(name: str, layer: int, _trace: Trace) -> bytes:
    return payload.heads_of_block(_trace, layer)


def ways_file(key: tuple[str, str, str], trace: Trace, model: ViT) -> str:
    """The address of the file with every token's way."""
    name = shared_files.fingerprint(trace)
    return shared_files.share(f"{name}-ways", lambda: _ways(name, trace, model, results.level_scores(key, trace)[0]))


def heads_file(trace: Trace, layer: int) -> str:
    """The address of the file with the patterns of one block's heads."""
    name = shared_files.fingerprint(trace)
    return shared_files.share(f"{name}-heads-{layer}", lambda: _heads(name, layer, trace))


@fragment
def whole_model(scene: Scene) -> None:
    """Draw it, with what the person has chosen. A fragment: unfolding a block runs nothing else again."""
    trace, model = scene.trace, scene.model
    depth, n_heads, n_tokens = trace.depth, trace.n_heads, trace.layout.n_tokens
    unfolded = whole_number(sent(KEY, "unfolded"), depth)
    try:
        url = ways_file(scene.key, trace, model)
        heads = None if unfolded is None else heads_file(trace, unfolded)
    except OSError as error:
        st.error(f"The picture cannot be drawn: its files cannot be written to static/cache ({error.strerror}).")
        return

    def choose(what: str) -> None:  # stays in the session, so it must not hold the trace
        choice = sent(KEY, what)
        if isinstance(choice, dict) and (token := whole_number(choice.get("token"), n_tokens)) is not None:
            scene.choose(token, whole_number(choice.get("layer"), depth), whole_number(choice.get("head"), n_heads))

    _mount(
        key=KEY,
        data={
            "url": url,
            "heads": heads,
            "unfolded": unfolded,
            "token": scene.patch if chosen.token is None else scene.token,
            "layer": scene.layer,
            "width": model.config.width,
            "hidden": model.config.mlp_width,
            "normLast": model.config.norm_after_branch,
            "parallel": model.config.parallel,
            "viridis": VIRIDIS,
            "stages": [
                {"name": stage.name, "title": stage.title, "words": stage.summary, "place": stage.place}
                for stage in STEPS
                if stage.place
            ],
            **_answer(scene, trace),
        },
        on_pinned_change=partial(choose, "pinned"),
        on_unfolded_change=lambda: None,
        on_page_change=partial(choose, "page"),
        on_lost_change=lambda: None,  # running again is all there is to do: ``share`` writes the file anew
    )
    choices.write_link()
    wanted = sent(KEY, "page")
    page = wanted.get("name") if isinstance(wanted, dict) else None
    if page in [stage.name for stage in STAGES]:
        st.switch_page(page_of(stage_of(str(page))))


def _answer(scene: Scene, trace: Trace) -> dict[str, object]:
    """What the model says, after which block it would have said what, and what tokens are measured by."""
    config = scene.model.config
    if trace.logits is None:
        return {
            "answer": [],
            "says": None,
            "settled": f"A vector of {trace.pooled.shape[-1]} numbers: this model has no names.",
            "toward": "",
            "signed": False,
        }
    said, since = likeliest(scene), settled(scene)
    [best] = class_names(config.labels, [int(trace.logits[0].argmax())])
    return {
        "answer": [
            {"name": name, "words": value_words(value, config.answer), "share": _share(value, config.answer)}
            for name, value in said
        ],
        "says": answer_by_level(scene),
        "settled": f"{since[0].upper()}{since[1:]}.",
        "toward": f"toward {best}",
        "signed": True,
    }


def _share(value: float, answer: str) -> float | None:
    """How long a bar is; a regression's number has none."""
    return None if answer == "numbers" else value
