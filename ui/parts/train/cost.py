"""What a run will cost, told before it starts: parameters, tokens, memory, time."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from math import log
from statistics import median

import streamlit as st

from ui.parts.train.pictures import Facts
from ui.session import run_list
from vit.checkpoints.files import CheckpointError
from vit.checkpoints.loading import family_of
from vit.model.config import ViTConfig
from vit.training.learn.cost import head_parameters, operations, parameters, training_bytes
from vit.training.run.files import RunError
from vit.training.settings import Settings

_SETTLED = 10  # steps after which the measured speed can be believed
_GUESS = 6e10  # operations a second of two laptop cores on a small ViT, for a machine that has no run yet


def cost(settings: Settings, config: ViTConfig, side: int, facts: Facts) -> None:
    """Four numbers about training a model of this shape, each exact or called a guess. ``side``: the largest at which
    it sees pictures; one that goes on and sees several keeps the positions of its own."""
    training = settings.training
    thawed = training.backbone == "thawed"
    seen = replace(config, image_size=(side, side))
    n = len(seen.prefix) + seen.grid[0] * seen.grid[1]
    learned = parameters(config, training.frozen_blocks) if thawed else head_parameters(config)
    sides = settings.data.sides or [side]
    mean = sum(operations(replace(config, image_size=(side, side))) for side in sides) / len(sides)
    # Where the backbone stays as it is, nothing comes back through it: a third of the work.
    work = mean * (1 if thawed else 1 / 3)
    per_second = _speed(work) / work
    seconds = training.max_seconds
    if training.epochs > 0:
        # A probe sees every picture once, to judge on too; the rounds of its one layer take next to nothing.
        rounds = 1.1 if training.backbone == "probe" else training.epochs
        seconds = rounds * facts.train / per_second if facts.train else 0
    rounds = training.epochs or (seconds * per_second / facts.train if facts.train else 0)
    numbers = (
        ("parameters to learn", f"{learned:,}", "Every number that training changes; exact."),
        ("tokens a picture", f"{n}", _AT_MOST if settings.data.whole else _TOKENS),
        ("memory, about", size(training_bytes(seen, training.batch, thawed=thawed)), _MEMORY),
        ("time, about", span(seconds) if seconds else "unknown", _time_words(per_second, rounds)),
    )
    with st.container(horizontal=True, gap="large"):
        for label, value, words in numbers:
            st.metric(label, value, help=words, width="content")


_TOKENS = "Patches, and CLS if there is one; each looks at each. Exact."
_AT_MOST = (
    "Patches, and CLS if there is one; each looks at each. Pictures of other shapes than a square have a few less."
)
_MEMORY = (
    "For one step: weights, their gradients and two moments, and what every block keeps until it is corrected. The "
    "program itself and the pictures come on top."
)


def _time_words(per_second: float, rounds: float) -> str:
    known = "measured on earlier runs here" if _speeds() else "a guess until a first run has been measured here"
    return f"About {per_second:,.0f} pictures a second ({known}): {rounds:,.1f} rounds over the pictures."


def _speed(work: float) -> float:
    """Operations a second that training reaches on this machine, at about ``work`` operations a picture.

    Large models reach more of them than small ones: the earlier runs most like this one count.
    """
    alike = sorted(_speeds(), key=lambda row: abs(log(row[0] / work)))[:3]
    return median(speed for _, speed in alike) if alike else _GUESS


@st.cache_data(ttl=30, show_spinner=False)
def _speeds() -> list[tuple[float, float]]:
    """Of each of the latest runs: operations a picture, and how many of them it did in a second."""
    found = []
    for job in run_list.everything()[:24]:
        # A run that was edited, or is of another version, tells no speed.
        with suppress(RunError, CheckpointError, LookupError, TypeError, ValueError):
            backbone, pictures = run_list.settings(job).training.backbone, job.status.images_per_second
            if backbone != "probe" and pictures and job.status.step >= _SETTLED:
                family, written = family_of(job.folder / "checkpoints" / "last")
                work = operations(family.config(written, {})) * (1 if backbone == "thawed" else 1 / 3)
                found.append((work, pictures * work))
    return found


def span(seconds: float) -> str:
    """A time as a person says it."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def size(number: float) -> str:
    return f"{number / 1e6:,.0f} MB" if number < 1e9 else f"{number / 1e9:,.1f} GB"
