from functools import partial

import numpy as np

from ui.session.scene import Scene
from ui.shell.downloads import csv, downloads
from ui.shell.lesson import Lesson
from ui.shell.page import show_page
from ui.shell.page_foot import shapes, source
from ui.shell.refusals import fragment

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
    answer="They read a normed copy, and the norm is blind to the length: the slider under *Norm* shows next to no "
    "change. So they add what they added before. But x itself goes on ten times as long, and what the "
    "block adds now counts for a tenth.",
)


@fragment
def through_block(scene: Scene) -> None:
    """Everything that depends on the block and the head. While a slider is dragged this alone is drawn anew."""
    from ui.parts.block.follow import choose_block
    from ui.parts.block.formula import formula
    from ui.parts.block.look_closer import look_closer
    from ui.parts.block.steps import added, steps_of

    choose_block(scene)
    steps = steps_of(scene)
    formula(scene, steps)
    look_closer(scene, steps)

    config, n = scene.model.config, scene.layout.n_tokens
    shapes(
        ("resid_pre", "b n d", (1, n, config.width)),
        ("mlp hidden", "b n mlp", (1, n, config.mlp_width)),
        ("resid_post", "b n d", (1, n, config.width)),
    )
    over = added(scene.key, scene.token, scene.trace)
    downloads(
        f"block-{scene.layer}",
        {**vars(steps), **{f"over_blocks_{name}": array for name, array in vars(over).items()}},
        table=partial(
            csv,
            {"dimension": np.arange(config.width)}
            | {name: getattr(steps, name) for name in ("resid_pre", "attn_out", "mlp_out", "resid_post")},
        ),
    )


def block(scene: Scene) -> None:
    from ui.parts.block.follow import choose_token
    from vit.model.layers import MLP, Block

    choose_token(scene)
    through_block(scene)
    source(Block, MLP)


show_page("block", WORDS, block, lesson=LESSON)
