import numpy as np

from ui.session.scene import Scene
from ui.shell.downloads import downloads
from ui.shell.page import show_page
from ui.shell.page_foot import shapes, source

WORDS = (
    "Attention shows where a model *looks*. Whether it *needs* what it finds there, only an experiment tells: take "
    "something away, run the same model on the same picture again, and compare the answers."
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


show_page("what_if", WORDS, what_if)
