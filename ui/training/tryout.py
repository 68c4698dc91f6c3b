"""Draw a digit for a run's best model: what it takes it for, at once, and the way into all pages."""

from __future__ import annotations

import streamlit as st

from ui import cache, state
from ui.draw_pad import draw_pad
from ui.model_thread import on_model_thread
from ui.still import png, still
from ui.training import jobs, trained
from ui.training.inside import DRAWN, use
from vit.analysis.output import class_names, probabilities
from vit.checkpoint import CheckpointError
from vit.digits import like_mnist
from vit.figures.output import top_bars
from vit.images import PictureError, open_image


def try_out(job: jobs.Job) -> None:
    """The pad and the answer; for runs on grey pictures, which is what a pen can draw."""
    st.fragment(_draw)(job.name)


def _draw(name: str) -> None:
    job = jobs.find(name)
    best = trained.best(job) if job else None
    if best is None:
        return
    try:
        model = cache.get_model(best)
    except CheckpointError as error:
        st.warning(state.escape(str(error)))
        return
    if model.config.channels != 1 or model.head is None:
        return
    st.subheader("Draw for it", anchor=False)
    left, middle, right = st.columns([2, 1, 3])
    with left:
        draw_pad(_take, key="train_pad")
    digit = st.session_state.get("drawing")
    if digit is None:
        right.markdown("**Draw a digit** on the black square. The best model of this run says at once what it sees.")
        return
    with middle:
        still(png(digit.resize((112, 112), 0)), "Your drawing as the model gets it")
        st.caption("As the model gets it: fitted and centred like the digits it learnt from.")
    pixels = model.preprocess(digit)
    shares = probabilities(on_model_thread(lambda: model.trace(pixels)).logits.numpy(), 1.0)[0]  # (classes,)
    order = shares.argsort()[::-1][:5]
    with right:
        figure = top_bars(class_names(model.config.labels, order), shares[order])
        st.plotly_chart(figure, key="drawn_answer", alt="What the model takes the drawing for")
        with st.container(horizontal=True):
            if st.button("Open in all pages", key="open_drawing", type="primary"):
                use(best)
                state.set_picture(state.drawn_picture(digit))
                st.rerun(scope="app")
            if st.button("Follow it through the checkpoints", on_click=_follow):
                st.rerun(scope="app")


def _follow() -> None:
    st.session_state.probe = DRAWN


def _take(png: bytes) -> None:
    """Keep what was drawn, fitted and centred; an empty pad keeps the last."""
    try:
        digit = like_mnist(open_image(png, "the drawing"))
    except PictureError:
        return
    if digit is not None:
        st.session_state.drawing = digit
