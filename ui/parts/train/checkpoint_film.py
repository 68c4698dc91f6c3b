"""What a run's models see of one picture, checkpoint by checkpoint, and the way from there into all pages."""

from __future__ import annotations

import hashlib

import numpy as np
import streamlit as st
from PIL import Image

from ui.parts.train import checkpoint_views
from ui.parts.train.growth import growth
from ui.server.shared import model_result
from ui.session import run_list, trained_models
from ui.session.choices import use_model
from ui.shell.lesson import note
from ui.shell.refusals import fragment
from ui.widgets.markdown import escape
from vit.analysis import components
from vit.analysis.filters import filter_pictures
from vit.figures.numbers import percent
from vit.figures.plain import around_zero
from vit.figures.training import picture
from vit.training.learn.look import Look, asker
from vit.training.run.files import RunError

DRAWN = "your drawing"
EVERY = 2.0  # seconds between two looks for a new checkpoint


def inside(job: run_list.Job) -> None:
    """The film over the checkpoints, drawn anew when there is a new one."""
    film = fragment(_film, run_every=EVERY if job.active else None)  # drawn by itself, again and again
    film(job.name)


def _film(name: str) -> None:
    """One slider over the checkpoints, which moves all that is seen of a probe picture."""
    job = run_list.find(name)
    found = checkpoint_views.probe_pictures(job) if job else None
    if job is None or found is None:
        return
    st.subheader("What it sees, checkpoint by checkpoint", anchor=False)
    images, labels = found
    names = checkpoint_views.named(checkpoint_views.classes(job), int(labels.max()) + 1)
    choices = [names[label] for label in labels]
    drawn = _drawn(images.shape[1:])
    if drawn is not None:
        choices.append(DRAWN)
    if st.session_state.get("probe") not in choices:
        st.session_state.probe = choices[0]
    probe = st.segmented_control("A held-out picture of", choices, required=True, key="probe", format_func=escape)
    place = choices.index(probe)
    name_of_probe = "probes"
    if probe == DRAWN and drawn is not None:
        images, place, name_of_probe = drawn[None], 0, hashlib.sha256(drawn.tobytes()).hexdigest()
    with st.spinner("The checkpoints look at the picture …"):
        seen = checkpoint_views.looks(job, name_of_probe, images)
    if not seen:
        note("It begins with the first checkpoint.")
        return

    def at(step: int) -> None:
        st.session_state.looked_at = step

    growth(
        seen,
        _names(job, [step for step, _ in seen]),
        place,
        picture=picture(images[place]),
        classes=checkpoint_views.named(names, seen[-1][1].probabilities.shape[1]),
        truth=None if probe == DRAWN else int(labels[place]),
        filters=_filters(seen, images.shape[1]),
        vectors=_vectors((job.name, *(step for step, _ in seen), name_of_probe, place), seen, place),
        asker=asker(seen[-1][1].prefix),
        key="growth",
        on_step=at,
    )
    _open(job, seen)


def _open(job: run_list.Job, seen: list[tuple[int, Look]]) -> None:
    """Use the model of the step that is looked at on all other pages."""
    steps = [step for step, _ in seen]
    looked_at = st.session_state.get("looked_at", steps[-1])
    step = max((step for step in steps if step <= looked_at), default=steps[0])  # it may have had to go, as in the film
    if st.button(f"Use the model of step {step:,} on all pages", key="open_step"):
        use_model(trained_models.model_name(job, step))
        st.rerun(scope="app")


def _names(job: run_list.Job, steps: list[int]) -> list[str]:
    """What each checkpoint is called: its step, and how good it was on the held-out pictures."""
    try:
        rows = run_list.metrics(job)
    except RunError:
        rows = []
    judged = {row["step"]: row["held_out_accuracy"] for row in rows if row["held_out_accuracy"] is not None}
    return [f"step {step:,}" + (f" · {percent(judged[step])} held out" if step in judged else "") for step in steps]


def _filters(seen: list[tuple[int, Look]], channels: int) -> np.ndarray:
    """The filters of every checkpoint as pictures: (steps, d, p, p, 3) RGB bytes."""
    matrices = np.stack([look.filters for _, look in seen])  # (steps, d, p·p·c)
    side = round((matrices.shape[-1] / channels) ** 0.5)
    return around_zero(np.stack([filter_pictures(matrix, side) for matrix in matrices]))


@model_result(max_entries=64)
def _vectors(key: tuple[str | int, ...], _seen: list[tuple[int, Look]], place: int) -> np.ndarray:
    """The patches' vectors at every checkpoint as colours, each turned to agree with the next: (steps, gh, gw, 3)."""
    embeddings = np.stack([look.embeddings[place] for _, look in _seen])  # (steps, gh·gw, d)
    scores, _ = components.colour_levels(embeddings)
    grid = _seen[0][1].attention.shape[-2:]
    return np.stack([components.colours(step).reshape(*grid, 3) for step in scores])


def _drawn(shape: tuple[int, ...]) -> np.ndarray | None:
    """What was drawn by hand, as the run's pictures are: (c, height, width) bytes."""
    drawing = st.session_state.get("drawing")
    if drawing is None:
        return None
    channels, height, width = shape
    sized = drawing.convert("L" if channels == 1 else "RGB").resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(sized, dtype=np.uint8).reshape(height, width, channels).transpose(2, 0, 1)
