from functools import partial

import streamlit as st

from ui.session import choices
from ui.session.scene import Scene
from ui.shell.downloads import csv, downloads
from ui.shell.lesson import Lesson, note
from ui.shell.page import show_page
from ui.shell.page_foot import shapes, source
from ui.shell.refusals import fragment
from ui.widgets.formulas import formulas

WORDS = (
    "Here tokens look at each other. Each asks with a **query**; every token answers with a **key**. The better the "
    "two match, the more of that token's **value** the asker takes over. How much it takes from each is the "
    "**pattern**: shares that sum to 1. Every head of every block has learnt its own way to make queries, keys and "
    "values, so each looks for something else. *Move over the picture and watch them all.* (This shows where a head "
    "takes from, not *why* the model answers as it does: *What if* tests that.)"
)
LESSON = Lesson(
    goal="read a pattern: who takes how much from whom, in which head",
    terms=("token", "CLS", "attention", "head", "query, key, value", "pattern", "softmax", "entropy"),
    question="A head spreads its attention evenly over all tokens. How large is each share, and what is its "
    "entropy? Which head of this model comes nearest to that?",
    answer="Each share is 1/n, with 257 tokens 0.0039, and the entropy is log₂ n, 8.0 bits: the dotted line in "
    "the right one of the two charts of all heads. The dot nearest to the line is the head; click it to "
    "go there.",
)


@fragment
def attention(scene: Scene) -> None:
    """All of it follows the explorer's token, block and head, and is drawn anew without the menus and the lesson."""
    from ui.parts.attention.every_head import every_head
    from ui.parts.attention.explorer import attention_explorer
    from ui.parts.attention.first_look import first_look
    from ui.parts.attention.one_query import one_query
    from vit.analysis.attention import walk
    from vit.figures.attention import pattern_picture
    from vit.model.layers import Attention, attend

    choices.write_link()
    model, trace, layout = scene.model, scene.trace, scene.layout
    layer, head, why = first_look(scene)
    token = scene.token
    n, heads, width = layout.n_tokens, trace.n_heads, model.config.head_width

    alt = f"The picture and its {n} tokens."
    if why:
        note(why)
    at = {"token": token, "layer": layer, "head": head}
    attention_explorer(trace, model, trace_key=scene.key, key="explorer", alt=alt, **at, on_pin=scene.choose)

    block = trace.blocks[layer]
    steps = walk(block, head, token)
    bias = "" if steps.bias is None else r" + \mathbf{B}"
    names = [layout.name(i) for i in range(n)]

    def added(name: str) -> str:
        return rf" + \mathbf{{b}}_{name}" if model.config.qkv_bias else ""

    st.subheader(f"One query, step by step: {names[token]} in block {layer}, head {head}", anchor=False)
    formulas(
        *(rf"\mathbf{{{name}}} = \mathrm{{norm}}(\mathbf{{X}})\,\mathbf{{W}}_{name}{added(name)}" for name in "QKV"),
        rf"\mathbf{{Z}} = \mathrm{{softmax}}\Big(\tfrac{{1}}{{\sqrt{{{width}}}}}\,"
        rf"\underbrace{{\mathbf{{Q}}}}_{{{n} \times {width}}}\,"
        rf"\underbrace{{\mathbf{{K}}^\top}}_{{{width} \times {n}}}{bias}\Big)\,"
        rf"\underbrace{{\mathbf{{V}}}}_{{{n} \times {width}}}",
    )
    one_query(steps, names, heads, model.config.width)
    every_heads = every_head(scene, (layer, head))

    shapes(
        ("resid_pre", "b n d", tuple(block.resid_pre.shape)),
        ("q, k, v", "b h n k", tuple(block.q.shape)),
        ("pattern", "b h n n", tuple(block.pattern.shape)),
        ("z", "b h n k", tuple(block.q.shape)),
        ("attn_out", "b n d", tuple(block.resid_mid.shape)),
    )
    downloads(
        f"attention-block-{layer}",
        {
            "pattern": block.pattern[0].numpy(),
            **{name: getattr(steps, name) for name in ("q", "k", "v", "dots", "scores", "p", "z")},
            **vars(every_heads),
        },
        {f"pattern-head-{head}": partial(pattern_picture, block.pattern[0, head].numpy())},
        partial(csv, {"key": names, "q·k": steps.dots, "score": steps.scores, "p": steps.p}),
    )
    source(attend, Attention)


show_page("attention", WORDS, attention, lesson=LESSON)
