import numpy as np

from ui.session.scene import Scene
from ui.shell.downloads import downloads
from ui.shell.lesson import Lesson
from ui.shell.page import show_page
from ui.shell.page_foot import shapes, source

WORDS = (
    "Attention shows where a model *looks*. Whether it *needs* what it finds there, only an experiment tells: take "
    "something away, run the same model on the same picture again, and compare the answers."
)
LESSON = Lesson(
    goal="test by an experiment whether the model needs what it looks at",
    terms=("token", "attention", "head", "cosine", "pattern"),
    question="Hide the quarter the output looks at most, then the quarter it looks at least. Which moves the "
    "answer more? Try another picture.",
    answer="Often the first, and not always: where a quarter that is hardly looked at matters more, attention "
    "has misled us. Looking is not needing; early blocks may have taken up what a patch holds long before "
    "the last one looks.",
)


def what_if(scene: Scene) -> None:
    from ui.parts.what_if import hide_patches, hiding_curves, switch_heads
    from vit.experiments import what_if

    answer = hide_patches.hide_patches(scene)
    hiding_curves.hiding_curves(scene)
    switch_heads.switch_heads(scene)
    switch_heads.each_in_turn(scene)

    hidden, config, n = hide_patches.hidden(scene), scene.model.config, scene.layout.n_tokens
    in_sight = n - len(hidden)
    shapes(
        ("tokens in sight", "b n d", (1, in_sight, config.width)),
        ("pattern", "b h n n", (1, config.heads, in_sight, in_sight)),
        ("v, a head off: zero", "b h n k", (1, config.heads, n, config.head_width)),
    )
    downloads("what_if", {"hidden": np.array(hidden, dtype=int), "looks": answer.looks})
    source(what_if.without_patches, what_if.without_heads, what_if.switched_off)


show_page("what_if", WORDS, what_if, lesson=LESSON)
