"""Right and wrong on the held-out pictures: the confusion matrix and the wall of mistakes."""

from __future__ import annotations

import streamlit as st

from ui import state
from ui.still import png
from ui.thumbnails import thumbnails
from ui.training import jobs, looks
from ui.training.inside import EVERY
from vit.figures.numbers import percent
from vit.figures.training import confusion_map, picture
from vit.training import judge
from vit.training.files import RunError

_MISTAKES = 24


def judged(job: jobs.Job) -> None:
    """Drawn anew when there is a new judgement."""
    st.fragment(_judged, run_every=EVERY if job.active else None)(job.name)


def _judgement(job: jobs.Job) -> judge.Judgement | None:
    """The newest judgement, None before the first; a sentence if its file was edited beyond use."""
    try:
        return judge.read(job.folder)
    except RunError as error:
        st.warning(state.escape(str(error)))
        return None


def _judged(name: str) -> None:
    """Right and wrong on the held-out pictures, at the newest checkpoint."""
    job = jobs.find(name)
    judgement = _judgement(job) if job else None
    if judgement is None:
        return
    n = max(len(looks.classes(job)), int(judgement.labels.max()) + 1, int(judgement.predicted.max()) + 1)
    names = looks.named(looks.classes(job), n)
    st.subheader("Right and wrong, at the newest checkpoint", anchor=False)
    left, right = st.columns(2)
    with left:
        figure = confusion_map(judgement.confusion(n), names)
        st.plotly_chart(figure, key="confusion", alt="How often each class was taken for each other")
        st.caption(
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
        st.caption(
            f"{count:,} of {len(judgement.labels):,} are wrong; here are those it was surest of, each with what it "
            "took the picture for and the probability it gave."
        )
