from functools import partial

import numpy as np

from ui.session.scene import Scene
from ui.shell.downloads import csv, downloads
from ui.shell.lesson import Lesson
from ui.shell.page import show_page
from ui.shell.page_foot import shapes, source

WORDS = (
    "Attention is half of a block. Around it stand two **norms**, which bring numbers to one size, and after it an "
    "**MLP**, a small network that works on each token by itself. Both halves *add* what they find to the token's "
    "vector. Follow one token through one block, from the vector that enters to the one that leaves."
)
LESSON = Lesson(
    goal="follow one vector through norm, attention, norm and MLP, and say what each does to it",
    terms=("block", "norm", "head", "query, key, value", "MLP", "neuron", "residual stream", "softmax"),
    question="Multiply a token's vector by 10 before the block. What do attention and MLP notice of it, and what "
    "does not change at all?",
    answer="They read a normed copy, and the norm is blind to the length: the slider shows next to no "
    "change. So they add what they added before. But x itself goes on ten times as long, and what the "
    "block adds now counts for a tenth.",
)


def block(scene: Scene) -> None:
    from ui.parts.block.follow import choose_token, through_block
    from ui.parts.block.neurons import neurons
    from ui.parts.block.norm import norm
    from ui.parts.block.parameters import parameters
    from ui.parts.block.query_key_value import query_key_value
    from ui.parts.block.residual import residual
    from ui.parts.block.steps import steps_of
    from vit.model.layers import MLP, Block

    choose_token(scene)
    through_block(scene)
    steps = steps_of(scene)
    norm(scene, steps)
    query_key_value(scene, steps)
    neurons(scene, steps)
    over = residual(scene, steps)
    parameters(scene)

    config, n = scene.model.config, scene.layout.n_tokens
    shapes(
        ("resid_pre", "b n d", (1, n, config.width)),
        ("mlp hidden", "b n mlp", (1, n, config.mlp_width)),
        ("resid_post", "b n d", (1, n, config.width)),
    )
    downloads(
        f"block-{scene.layer}",
        {**vars(steps), **{f"over_blocks_{name}": array for name, array in vars(over).items()}},
        table=partial(
            csv,
            {"dimension": np.arange(config.width)}
            | {name: getattr(steps, name) for name in ("resid_pre", "attn_out", "mlp_out", "resid_post")},
        ),
    )
    source(Block, MLP)


show_page("block", WORDS, block, lesson=LESSON)
