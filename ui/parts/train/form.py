"""Set up a run: preset, pictures, sliders; what it will cost; and the button that starts it.

What is chosen is kept as a preset and what differs from it (``st.session_state.plan``).
"""

from __future__ import annotations

import streamlit as st

from ui.parts.train import commands
from ui.parts.train.cost import cost
from ui.parts.train.fields import choose, put, slide, whole_number
from ui.parts.train.pictures import DATA, Facts, choose_pictures, choose_way
from ui.parts.train.start_button import start_button
from ui.server.models import get_model
from ui.session import offered
from ui.shell import model_menu
from ui.shell.lesson import explain, note
from vit.model.config import ViTConfig
from vit.paths import CONFIGS
from vit.training.process.launch import quoted
from vit.training.settings import POOLINGS, Settings
from vit.training.shapes import continued_config, continued_size, fresh_config

PRESETS = {
    "mnist-live": "Digits in a minute",
    "seed-mnist": "The smallest that reads digits",
    "cifar10": "Colour photographs from scratch",
    "folder": "Your own pictures from scratch",
    "fine-tune": "Your own pictures, from a trained model",
    "probe": "Your own pictures, only a new last layer",
    "photos-10": "Ten kinds of photographs, from a trained model",
}
WIDTHS = (8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384)
HEADS = (1, 2, 3, 4, 6, 8, 12)
POSITIONS = {
    "learned": "learned, a table",
    "sincos1d": "sine and cosine, counted",
    "sincos2d": "sine and cosine, row and column",
    "rotary": "rotary, q and k are turned",
    "none": "none",
}
POOLING_WORDS = {"cls": "the CLS token", "mean": "mean of the patches", "map": "attention pooling"}
RATES = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05)
SECONDS = (10, 20, 30, 60, 120, 300, 600, 1800)
_PLACEHOLDER = "data.path=later"  # one's own pictures come after their recipe has been looked at
EPOCHS = (1, 2, 3, 5, 8, 10, 15, 20, 30, 50, 100)


@st.cache_data(show_spinner=False)
def preset_words() -> dict[str, str]:
    """What each preset is for: the first line of its file."""
    files = {name: (CONFIGS / "preset" / f"{name}.yaml").read_text(encoding="utf-8") for name in PRESETS}
    return {name: text.splitlines()[1].lstrip("# ").partition(": preset=")[0] for name, text in files.items()}


def set_up() -> None:
    """Draw the form; the button starts a run and makes it the one that is watched."""
    plan = st.session_state.setdefault("plan", {"preset": "mnist-live", "changes": {}})
    first, second = st.columns(2)
    with first:
        choose("Recipe", "preset", list(PRESETS), plan["preset"], PRESETS.get, _new_preset)
        note(preset_words()[plan["preset"]])
    preset = commands.base_settings((f"preset={plan['preset']}", _PLACEHOLDER))
    data = plan["changes"].get("data.name", preset.data.name)
    with second:
        choose("Pictures", "data.name", list(DATA), data, lambda name: DATA[name].words)
        facts = choose_pictures(data, plan)
    base = (f"preset={plan['preset']}", *([f"data={data}"] if data != preset.data.name else []))
    settings = commands.base_settings((*base, _PLACEHOLDER))
    settings.data.path = ""
    for key, value in plan["changes"].items():
        put(settings, key, value)
    if data != "folder" or settings.data.sides:
        settings.data.whole = False
    else:
        with second:
            choose_way(settings)
    if data != "folder":
        settings.data.path = ""
    elif settings.data.path:
        base = (*base, f"data.path={quoted(settings.data.path)}")
    side = _side(settings) or facts.size or 64
    start = st.container()  # above the sliders: a recipe can be started without touching any
    model, training = st.columns(2)
    with model, st.container(border=True):
        _model(settings, side)
    with training, st.container(border=True):
        _training(settings)
    side = _side(settings) or side  # a trained model's own choice
    config = _shape(settings, side, facts)
    with start:
        if facts.channels == 3 and config.channels == 1:
            st.info("That model reads grey pictures only, and yours are in colour: choose another to go on from.")
            return
        cost(settings, config, side, facts)
        line = start_button(settings, base, facts)
    if line:
        with st.expander("The same from the command line"):
            st.code(line, language=None, wrap_lines=True)


def _side(settings: Settings) -> int:
    """How large the model sees its pictures, in pixels a side; 0 for the data's own size."""
    return max(settings.data.sides, default=settings.data.image_size)


def _shape(settings: Settings, side: int, facts: Facts) -> ViTConfig:
    """The model that these settings will train."""
    classes = facts.classes or 2
    if not settings.model.start:
        return fresh_config(settings.model, (side, side), facts.channels, classes)
    start = get_model(settings.model.start).config
    return continued_config(start, settings.model, continued_size(start, settings.data, (side, side)), classes)


def _model(settings: Settings, side: int) -> None:
    """The sliders of the model's shape, each with what the others leave possible."""
    model = settings.model
    explain("**The model**")
    if model.start:
        _start_from(settings)
        return
    sizes = [p for p in range(2, side // 2 + 1) if side % p == 0 and (side // p) ** 2 <= 1024]
    left, right = st.columns(2)
    with left:
        slide(settings, "model.patch_size", "Patch size, pixels", sizes, help=f"It must divide the {side} pixels.")
        slide(settings, "model.depth", "Blocks (depth)", range(1, 13))
        slide(settings, "model.mlp_ratio", "MLP ratio", (1.0, 2.0, 3.0, 4.0, 6.0), help="Width of the MLP ÷ width")
    with right:
        slide(settings, "model.width", "Width, numbers a token", WIDTHS)
        fits = [h for h in HEADS if model.width % h == 0 and (model.position != "rotary" or model.width // h % 4 == 0)]
        slide(settings, "model.heads", "Heads", fits, help="Heads share the width, so their number must divide it.")
    with left:
        kinds = [kind for kind in POSITIONS if kind != "rotary" or model.width // model.heads % 4 == 0]
        choose("Positions", "model.position", kinds, model.position, POSITIONS.get)
    with right:
        choose("The answer is read from", "model.pooling", list(POOLINGS), model.pooling, POOLING_WORDS.get)


def _start_from(settings: Settings) -> None:
    """Which trained model to go on from, and how large it gets to see the pictures."""
    model = settings.model
    choose("It goes on from the trained", "model.start", offered.whole_models(), model.start, model_menu.short)
    model.start = st.session_state["model.start"]
    config = get_model(model.start).config
    if any(part not in ("mean", "map", *config.prefix) for part in model.pooling.split("+")):
        put(settings, "model.pooling", "")  # it has no such token: it is read as it always was
    put(settings, "training.frozen_blocks", min(settings.training.frozen_blocks, config.depth))
    if settings.data.sides:
        p = config.patch_size
        put(settings, "data.sides", [max(1, round(side / p)) * p for side in settings.data.sides])
        sides = ", ".join(map(str, sorted(set(settings.data.sides))))
        note(f"It sees pictures of {sides} pixels a side, largest last. A new last layer learns your classes.")
        return
    choices = range(4 * config.patch_size, max(config.image_size[0], 5 * config.patch_size) + 1, config.patch_size)
    words = "Larger pictures show more and take longer: the time grows at least with their area."
    slide(settings, "data.image_size", "Side of the pictures, pixels", choices, help=words)
    note("Its shape stays as it is, and a new last layer learns your classes.")


def _training(settings: Settings) -> None:
    """The sliders of how it learns."""
    training = settings.training
    explain("**The training**")
    left, right = st.columns(2)
    with left:
        rates = sorted({*RATES, training.lr})
        words = "How far the weights move at each step. It can be changed while it learns."
        slide(settings, "training.lr", "Learning rate", rates, help=words)
        by_time = training.epochs <= 0
        st.session_state.plan_end = "seconds" if by_time else "epochs"
        end = st.segmented_control(
            "End after",
            ("seconds", "epochs"),
            required=True,
            key="plan_end",
            on_change=_new_end,
            help="An epoch is one round over all training pictures.",
        )
        if end == "seconds":
            slide(settings, "training.max_seconds", "Seconds", SECONDS)
        else:
            slide(settings, "training.epochs", "Epochs", EPOCHS)
    with right:
        slide(settings, "training.batch", "Batch, pictures a step", (16, 32, 64, 128, 256, 512))
        words = "The same seed gives the same first weights and the same order of pictures."
        whole_number("training.seed", "Seed", training.seed, words)


def _new_preset() -> None:
    st.session_state.plan = {"preset": st.session_state.preset, "changes": {}}


def _new_end() -> None:
    """Give the new way to end a value, and take the old one out of force."""
    by_time = st.session_state.plan_end == "seconds"
    changes = st.session_state.plan["changes"]
    changes |= {"training.epochs": 0.0 if by_time else 5.0, "training.max_seconds": 60.0 if by_time else 0.0}
