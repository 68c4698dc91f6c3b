import numpy as np

from ui import frame

scene = frame.open_page(
    "what_if",
    "Attention shows where a model *looks*. Whether it *needs* what it finds there, only an experiment tells: take "
    "something away, run the same model on the same picture again, and compare the answers.",
)

from ui import heads_off, hiding  # noqa: E402  (these import torch: only after the first words are drawn)
from vit.analysis import what_if  # noqa: E402

answer = hiding.hide_patches(scene)
hiding.more_and_more(scene)
heads_off.switch_heads(scene)
heads_off.each_in_turn(scene)

hidden, layout = hiding.hidden(scene), scene.layout
seen = layout.n_tokens - len(hidden)
frame.shapes(
    ("tokens in sight", "b n d", (1, seen, scene.model.config.width)),
    ("pattern", "b h n n", (1, scene.model.config.heads, seen, seen)),
    ("v, a head off: zero", "b h n k", (1, scene.model.config.heads, layout.n_tokens, scene.model.config.head_width)),
)
frame.downloads("what_if", {"hidden": np.array(hidden, dtype=int), "looks": answer.looks})
frame.source(what_if.without_patches, what_if.without_heads, what_if.switched_off)
frame.next_stage("what_if")
