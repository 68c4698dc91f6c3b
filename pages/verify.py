from functools import partial

import streamlit as st

from ui.session.scene import Scene
from ui.shell.downloads import csv, downloads
from ui.shell.lesson import Lesson, note
from ui.shell.page import show_page
from ui.shell.page_foot import source

WORDS = (
    "Every number in this app comes from a model written from scratch, in this project. You need not take its word "
    "for it. This page runs the library that the model came from, usually **transformers**, with the same weights on "
    "the same file, and shows how far the two lie apart: in the pixels made of the file, then after every block."
)
LESSON = Lesson(
    goal="say how far this app's numbers lie from those of the library everybody uses",
    terms=("token", "block", "weights", "checkpoint"),
    question="Why is the difference not exactly 0 for every model, although both use the same weights and the same "
    "picture?",
    answer="A computer rounds every sum to about seven digits. Both add the same numbers, but where they do so "
    "in another order, other digits are rounded away; after twelve blocks a few millionths are left.",
)


def verify(scene: Scene) -> None:
    from ui.parts.verify.comparison import on_the_command_line, proof, same_names, same_pixels, where_it_ran
    from vit.figures.verify import differences
    from vit.reference.compare import compare

    st.latex(
        r"\begin{gathered}\text{difference after a block} = \\"  # on two lines: it has to fit on a telephone
        r"\frac{\max_{\text{tokens, dimensions}} |\,\text{ours} - \text{the library's}\,|}"
        r"{\max(1,\ \max_{\text{tokens, dimensions}} |\,\text{ours}\,|)}\end{gathered}"
    )
    st.session_state.setdefault("verified", set())
    if scene.model_name not in st.session_state.verified:
        st.markdown("The first comparison takes about ten seconds, so it begins when you press.")
        st.button("Compare now", type="primary", on_click=st.session_state.verified.add, args=(scene.model_name,))
    elif report := proof(scene):
        (st.success if report.agrees else st.error)(report.verdict)
        same_pixels(scene, report)
        rows = report.rows
        st.plotly_chart(
            differences(
                [row.name for row in rows],
                {"residual stream": [row.share for row in rows], "pattern": [row.pattern for row in rows]},
                report.tolerance,
            ),
            key="differences",
            alt="The largest difference after every block, with the tolerance",
        )
        note(
            "Both compute in 32-bit numbers, which keep about seven digits. Where they add in the same order, the "
            "difference is exactly 0 (drawn at the foot of the chart); in another order, a few millionths of rounding "
            "are left. Where a block's numbers are larger than 1, the difference is divided by the "
            "largest of them, because what rounding leaves grows with the number."
        )
        where_it_ran(scene)
        same_names(report)
        left, middle, right = st.columns(3)
        left.metric("our pass, everything recorded", f"{report.seconds * 1e3:.0f} ms")
        middle.metric("theirs, patterns and blocks", f"{report.reference_seconds * 1e3:.0f} ms")
        right.metric("largest difference of the output", "none" if report.pooled is None else f"{report.pooled:.2e}")
        with st.expander("All numbers"):
            st.code(report.table(), language=None)
        downloads(
            "verify",
            {"residual": [row.residual for row in rows], "pattern": [row.pattern or 0.0 for row in rows]},
            table=partial(
                csv,
                {"block": [row.name for row in rows]}
                | {name: [getattr(row, name) for row in rows] for name in ("residual", "scale", "pattern")},
            ),
        )
    on_the_command_line(scene)
    source(compare)


show_page("verify", WORDS, verify, lesson=LESSON)
