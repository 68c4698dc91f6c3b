import numpy as np

from ui.shell import page

scene = page.open_page(
    "what_if",
    "Attention shows where a model *looks*. Whether it *needs* what it finds there, only an experiment tells: take "
    "something away, run the same model on the same picture again, and compare the answers.",
)

from ui.parts.what_if import hide_patches, switch_heads  # noqa: E402  (these import torch: only after the first words are drawn)
from vit.experiments import what_if  # noqa: E402

answer = hide_patches.hide_patches(scene)
hide_patches.more_and_more(scene)
switch_heads.switch_heads(scene)
switch_heads.each_in_turn(scene)

hidden, layout = hide_patches.hidden(scene), scene.layout
seen = layout.n_tokens - len(hidden)
page.shapes(
    ("tokens in sight", "b n d", (1, seen, scene.model.config.width)),
    ("pattern", "b h n n", (1, scene.model.config.heads, seen, seen)),
    ("v, a head off: zero", "b h n k", (1, scene.model.config.heads, layout.n_tokens, scene.model.config.head_width)),
)
page.downloads("what_if", {"hidden": np.array(hidden, dtype=int), "looks": answer.looks})
page.source(what_if.without_patches, what_if.without_heads, what_if.switched_off)
page.next_stage("what_if")
