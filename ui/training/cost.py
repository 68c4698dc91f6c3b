"""What a run will cost, told before it starts: parameters, tokens, memory, time."""

from __future__ import annotations

from statistics import median

import streamlit as st

from ui.training import jobs
from ui.training.pictures import Facts
from vit.analysis.training import flops, head_parameters, parameters, shape, training_bytes
from vit.config import ViTConfig
from vit.training.files import RunError
from vit.training.settings import Settings

_GUESS = 6e10  # operations a second of two laptop cores on a small ViT, for a machine that has no run yet


def cost(settings: Settings, config: ViTConfig, facts: Facts) -> None:
    """Four numbers about training a model of this shape, each exact or called a guess."""
    training = settings.training
    thawed = training.backbone == "thawed"
    n = len(config.prefix) + config.grid[0] * config.grid[1]
    learned = parameters(config) if thawed else head_parameters(config)
    # Where the backbone stays as it is, nothing comes back through it: a third of the work.
    per_second = _speed() / flops(config) * (1 if thawed else 3)
    seconds = training.max_seconds
    if training.epochs > 0:
        # A probe sees every picture once, to judge on too; the rounds of its one layer take next to nothing.
        rounds = 1.1 if training.backbone == "probe" else training.epochs
        seconds = rounds * facts.train / per_second if facts.train else 0
    rounds = training.epochs or (seconds * per_second / facts.train if facts.train else 0)
    a, b, c, d = st.columns(4)
    a.metric("parameters to learn", f"{learned:,}", help="Every number that training changes; exact.")
    b.metric("tokens a picture", n, help="Patches, and CLS if there is one; each looks at each. Exact.")
    c.metric("memory, about", size(training_bytes(config, training.batch, thawed=thawed)), help=_MEMORY)
    d.metric("time, about", span(seconds) if seconds else "unknown", help=_time_words(per_second, rounds))


_MEMORY = (
    "For one step: weights, their gradients and two moments, and what every layer keeps until it is corrected. The "
    "program itself and the pictures come on top."
)


def _time_words(per_second: float, rounds: float) -> str:
    known = "measured on earlier runs here" if _speeds() else "a guess until a first run has been measured here"
    return f"About {per_second:,.0f} pictures a second ({known}): {rounds:,.1f} rounds over the pictures."


def _speed() -> float:
    """Operations a second that training reaches on this machine."""
    return median(_speeds()) if _speeds() else _GUESS


@st.cache_data(ttl=30, show_spinner=False)
def _speeds() -> list[float]:
    """The same, as measured in each of the latest runs."""
    found = []
    for job in jobs.everything()[:12]:
        try:
            settings = jobs.settings(job)
        except RunError:
            continue
        config = None if settings.model.start else _trained(job, settings)
        if config and job.status.images_per_second and job.status.step > 20:
            found.append(job.status.images_per_second * flops(config))
    return found


def _trained(job: jobs.Job, settings: Settings) -> ViTConfig | None:
    """The shape of a run on one of the known sets."""
    from ui.training.pictures import DATA

    facts = DATA[settings.data.name]
    side = settings.data.image_size or facts.size
    return shape(settings.model, side, facts.channels, facts.classes or 2) if side else None


def span(seconds: float) -> str:
    """A time as a person says it."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def size(number: float) -> str:
    return f"{number / 1e6:,.0f} MB" if number < 1e9 else f"{number / 1e9:,.1f} GB"
