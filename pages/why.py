from functools import partial

import numpy as np
import streamlit as st

from ui.session.scene import Scene
from ui.shell.downloads import csv, downloads
from ui.shell.lesson import Lesson
from ui.shell.page import show_page
from ui.shell.page_foot import shapes, source

WORDS = (
    "**Which part of the picture made it say that?** Attention does not tell: it shows where a model looks, whatever "
    "it answers. Other methods follow the answer's own number back through the model. Here are several side by side, "
    "and each is put to the test on your picture."
)
LESSON = Lesson(
    goal="read a map of evidence, and say how far to believe it",
    terms=("logit", "gradient", "evidence", "pattern", "residual stream", "head"),
    question="Explain another class than the model's answer. Which maps change, and which one stays exactly the same?",
    answer="All that follow the answer's number back change; plain attention stays the same, for it does not know "
    "what is being explained. So it cannot be the reason for one class rather than another.",
    without_classes=(
        "Compare the tests below the maps. Does the map that looks best to you also stand its test best?",
        "Not always: a map may please the eye and still name patches that the model can do without. Only taking them "
        "away tells.",
    ),
)


def why(scene: Scene) -> None:
    from ui.parts.why.maps import show_maps
    from ui.parts.why.question import ask, say_answer
    from ui.parts.why.removal_tests import put_to_test, tested_before
    from ui.parts.why.sum_of_parts import sum_of_parts
    from ui.parts.why.weights_check import weights_check
    from ui.parts.why.words_on_picture import side_by_side
    from vit.analysis.evidence import backward, block_backward, gradient_maps, itemised, relevance
    from vit.analysis.evidence.methods import METHODS
    from vit.experiments.removal import SHARES, outputs_on_removal
    from vit.figures.why import map_picture

    question = ask(scene)
    say_answer(scene, question)
    shown = show_maps(scene, question)
    if tested := tested_before(scene, question, shown):
        put_to_test(scene, question, shown, known=True)
    side_by_side(scene)
    items, head = sum_of_parts(scene, question)
    weights_check(scene, question)

    layout, config = scene.layout, scene.model.config
    n, h, d = layout.n_tokens, config.heads, config.width
    shapes(
        ("gradient at the residual stream", "n d", (n, d)),
        ("gradient at a pattern", "h query key", (h, n, n)),
        ("a map", "gh gw", layout.grid),
        ("heads' items", "blocks h", (config.depth, h)),
        ("where a head took its item", "n", (n,)),
    )
    place_of_downloads = st.container()
    back = backward.through_blocks, block_backward.through_block, gradient_maps.gradient_maps, relevance.relevance
    source(*back, itemised.itemised, outputs_on_removal)
    if not tested:
        put_to_test(scene, question, shown, known=False)
    arrays = {f"map_{name}": values.reshape(layout.grid) for name, values in shown.maps.items()}
    columns = {"share of the patches": np.array(SHARES)}
    curves = {name: (one.removed, one.shown) for name, one in shown.curves.items()}
    if shown.chance:
        curves["random orders"] = shown.by_luck
    for name, (removed, alone) in curves.items():
        columns |= {f"{name}, removed": removed, f"{name}, alone shown": alone}
    pictures = {
        name: partial(map_picture, values.reshape(layout.grid), METHODS[name].signed)
        for name, values in shown.maps.items()
    }
    arrays |= {"heads": items.heads, "mlps": items.mlps, "attention_bias": items.attention_bias, "head_sources": head}
    numbers = {name: getattr(items, name) for name in ("embedding", "pooling_mlp", "bias", "answer")}
    with place_of_downloads:
        downloads("why", arrays | columns | numbers, pictures, partial(csv, columns))


show_page("why", WORDS, why, lesson=LESSON)
