from functools import partial

import streamlit as st

from ui.session import choices
from ui.session.scene import Scene
from ui.shell.downloads import csv, downloads
from ui.shell.lesson import Lesson
from ui.shell.page import show_page
from ui.shell.page_foot import shapes, source
from ui.shell.refusals import fragment

WORDS = (
    "Every patch is still a list of pixel values. Now each list is multiplied by one matrix, the same for all patches, "
    "and becomes a vector of fixed length: the **patch embedding**. The matrix was learnt. Each of its rows, a "
    "**filter**, asks one question of the patch (*how reddish? is there an edge from left to right?*), and the "
    "answers are the numbers of the vector."
)
LESSON = Lesson(
    goal="say what one number of a patch embedding means",
    terms=("patch", "vector", "embedding", "block", "cosine"),
    question="Two patches of plain blue sky: are their embeddings alike? And two with an edge in them, one "
    "upright, one lying?",
    answer="The sky: yes. The same pixels get the same answers from every filter, wherever they are. The colours "
    "*before block 0* nearly show it: there the patch's place has been added too, so they differ a little. The edges: "
    "less. A filter that asks for an upright edge answers to one and hardly to the other.",
)


def patch_embedding(scene: Scene) -> None:
    from ui.parts.patch_embedding.filters import all_filters
    from ui.parts.patch_embedding.one_patch import one_patch
    from vit.model.patch_embedding import PatchEmbedding

    one_patch(scene)
    all_filters(scene)
    at_level(scene, scene.patch)
    source(PatchEmbedding)


@fragment
def at_level(scene: Scene, patch: int) -> None:
    """All that depends on the level, and is drawn anew by itself when another is chosen. ``patch``: the one for which
    the page was drawn; the rest of it follows another."""
    from ui.parts.patch_embedding.every_level import every_level
    from vit.figures.embedding import colour_levels_strip
    from vit.figures.plain import cells

    if scene.patch != patch:
        st.rerun()
    choices.write_link()
    levels = every_level(scene)
    trace, config = scene.trace, scene.model.config
    vectors = trace.patch_embedding[0].numpy()  # (gh·gw, d)
    shapes(
        ("patches", "b (gh gw) (p1 p2 c)", tuple(trace.patches.shape)),
        ("matrix E", "d (p1 p2 c)", (config.width, config.patch_values)),
        ("patch_embedding", "b (gh gw) d", tuple(trace.patch_embedding.shape)),
    )
    downloads(
        "patch-embedding",
        {
            "patch_embedding": vectors,
            "similarity": levels.similarity,
            "lengths": levels.lengths,
            "scores": levels.scores,
        },
        {
            "colours": partial(cells, levels.colours[scene.level], 560),
            "all-levels": partial(colour_levels_strip, levels.colours),
        },
        partial(csv, {"dimension": range(config.width), "value": vectors[patch - scene.layout.n_prefix]}),
    )


show_page("patch_embedding", WORDS, patch_embedding, lesson=LESSON)
