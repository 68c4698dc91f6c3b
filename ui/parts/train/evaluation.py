"""Right and wrong on the held-out pictures: the confusion matrix and the wall of mistakes."""

from __future__ import annotations

import streamlit as st

from ui.parts.train import checkpoint_views
from ui.parts.train.checkpoint_film import EVERY
from ui.session import run_list
from ui.shell.lesson import note
from ui.shell.refusals import fragment
from ui.widgets.markdown import escape
from ui.widgets.png import png
from ui.widgets.thumbnails import thumbnails
from vit.figures.numbers import percent
from vit.figures.training import confusion_map, picture
from vit.training.learn import evaluation
from vit.training.run.files import RunError

_MISTAKES = 24


def judged(job: run_list.Job) -> None:
    """Drawn anew when there is a new judgement."""
    fragment(_judged, run_every=EVERY if job.active else None)(job.name)


def _judgement(job: run_list.Job) -> evaluation.Judgement | None:
    """The newest judgement, None before the first; a sentence if its file was edited beyond use."""
    try:
        return evaluation.read(job.folder)
    except RunError as error:
        st.warning(escape(str(error)))
        return None


def _judged(name: str) -> None:
    """Right and wrong on the held-out pictures, at the newest checkpoint."""
    job = run_list.find(name)
    judgement = _judgement(job) if job else None
    if job is None or judgement is None:
        return
    n = max(len(checkpoint_views.classes(job)), int(judgement.labels.max()) + 1, int(judgement.predicted.max()) + 1)
    names = checkpoint_views.named(checkpoint_views.classes(job), n)
    st.subheader("Right and wrong, at the newest checkpoint", anchor=False)
    left, right = st.columns(2)
    with left:
        figure = confusion_map(judgement.confusion(n), names)
        st.plotly_chart(figure, key="confusion", alt="How often each class was taken for each other")
        note(
            f"All {len(judgement.labels):,} held-out pictures (the *confusion matrix*). On the diagonal it is right; "
            "a bright cell beside it is a pair that it mixes up."
        )
    with right:
        wrong = judgement.mistakes[:_MISTAKES]
        if not len(wrong):
            st.success("No mistake on the held-out pictures.")
            return
        thumbnails(
            [
                (
                    png(picture(pixels)),
                    f"{names[judgement.predicted[i]]}? {percent(judgement.probability[i])}",
                    f"{names[judgement.labels[i]]}, taken for {names[judgement.predicted[i]]}",
                )
                for i, pixels in zip(wrong, judgement.pictures, strict=False)
            ],
            70,
        )
        count = int((judgement.labels != judgement.predicted).sum())
        note(
            f"{count:,} of {len(judgement.labels):,} are wrong; here are those it was surest of, each with what it "
            "took the picture for and the probability it gave."
        )
