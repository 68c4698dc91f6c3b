"""Draw a digit for a run's best model: what it takes it for, at once, and the way into all pages."""

from __future__ import annotations

import streamlit as st

from ui.parts.train.checkpoint_film import DRAWN
from ui.server.model_thread import on_model_thread
from ui.server.models import get_model
from ui.session import run_list, trained_models
from ui.session.choices import use_model
from ui.session.keys import chosen
from ui.session.samples import drawn_picture
from ui.shell.lesson import note
from ui.shell.refusals import fragment
from ui.widgets.draw_pad import draw_pad
from ui.widgets.markdown import escape
from ui.widgets.png import png, still
from vit.analysis.output import class_names, probabilities
from vit.checkpoints.files import CheckpointError
from vit.figures.output import top_bars
from vit.pictures.digits import like_mnist
from vit.pictures.open import PictureError, open_image


def try_out(job: run_list.Job) -> None:
    """The pad and the answer; for runs on grey pictures, which is what a pen can draw."""
    fragment(_draw)(job.name)


def _draw(name: str) -> None:
    job = run_list.find(name)
    best = trained_models.best(job) if job else None
    if best is None:
        return
    try:
        model = get_model(best)
    except CheckpointError as error:
        st.warning(escape(str(error)))
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
        note("As the model gets it: fitted and centred like the digits it learnt from.")
    pixels = model.preprocess(digit)
    logits = on_model_thread(lambda: model.trace(pixels)).logits
    assert logits is not None, "it has a head"
    shares = probabilities(logits.numpy(), 1.0)[0]  # (classes,)
    order = shares.argsort()[::-1][:5]
    with right:
        figure = top_bars(class_names(model.config.labels, order), shares[order])
        st.plotly_chart(figure, key="drawn_answer", alt="What the model takes the drawing for")
        with st.container(horizontal=True):
            if st.button("Open in all pages", key="open_drawing", type="primary"):
                use_model(best)
                chosen.picture = drawn_picture(digit)
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
