"""Digits on paper as people photograph them: MNIST's, written with pens of all kinds onto paper of all kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO

import numpy as np
from PIL import Image, ImageFilter

BLACK, BLUE, RED, GREEN = (28, 28, 32), (35, 45, 130), (170, 30, 35), (20, 110, 60)
PENCIL, WHITE = (110, 110, 112), (238, 238, 232)
PAPER, YELLOW, BROWN, BOARD, BLACKBOARD = (232, 230, 224), (238, 226, 150), (196, 166, 122), (38, 74, 58), (34, 36, 40)
Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]  # (height, width, 3), 0 to 255


@dataclass(frozen=True)
class Kind:
    """How a digit is written and photographed. ``height``: the digit's, as a share of the picture's; ``place``: of its
    middle, across and down; ``thick``: pixels that strokes are grown by at 28 × 28 · 8, below 0 shrunk."""

    pen: tuple[int, int, int] = BLACK
    paper: tuple[int, int, int] = PAPER
    size: tuple[int, int] = (360, 270)
    height: float = 0.5
    place: tuple[float, float] = (0.5, 0.5)
    tilt: float = 0.0
    thick: int = 0
    blur: float = 0.6
    noise: float = 2.0
    quality: int = 85
    before: tuple[Change, ...] = field(default=())  # done to the paper before somebody writes on it
    after: tuple[Change, ...] = field(default=())  # done to what is photographed


def photograph(digit: np.ndarray, kind: Kind, seed: int) -> Image.Image:
    """``digit`` (28, 28) of MNIST, written on paper and photographed in this way."""
    chance = np.random.default_rng(seed)
    width, height = kind.size
    scene = np.empty((height, width, 3))
    scene[:] = kind.paper
    for change in kind.before:
        scene = change(scene, chance)
    ink = Image.fromarray(digit).resize((224, 224), Image.Resampling.BICUBIC)
    if kind.thick > 0:
        ink = ink.filter(ImageFilter.MaxFilter(2 * kind.thick + 1))
    elif kind.thick < 0:
        ink = ink.filter(ImageFilter.MinFilter(-2 * kind.thick + 1))
    side = max(20, round(kind.height * height * 28 / 20))
    ink = ink.rotate(kind.tilt, Image.Resampling.BICUBIC).resize((side, side), Image.Resampling.LANCZOS)
    sheet = Image.new("L", kind.size)
    sheet.paste(ink, (round(kind.place[0] * width - side / 2), round(kind.place[1] * height - side / 2)))
    share = np.clip(np.asarray(sheet, dtype=float)[..., None] / 170, 0, 1)
    scene = scene * (1 - share) + np.array(kind.pen) * share
    for change in kind.after:
        scene = change(scene, chance)
    scene = scene + chance.normal(0, kind.noise, (height, width, 1)) + chance.normal(0, kind.noise / 2, scene.shape)
    picture = Image.fromarray(scene.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(kind.blur))
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=kind.quality)
    return Image.open(buffer).convert("RGB")


def _axes(scene: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far across and down each pixel lies, from 0 to 1."""
    height, width = scene.shape[:2]
    return np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))


def gradient(least: float, across: float = 1.0, down: float = 0.4) -> Change:
    """Light that falls off to ``least`` of its strength."""

    def change(scene: np.ndarray, _: np.random.Generator) -> np.ndarray:
        x, y = _axes(scene)
        way = (across * x + down * y) / (across + down)
        return scene * (1 - (1 - least) * way)[..., None]

    return change


def shadow(strength: float, edge: float = 0.02) -> Change:
    """The shadow of a hand across a corner, with an edge of this softness."""

    def change(scene: np.ndarray, _: np.random.Generator) -> np.ndarray:
        x, y = _axes(scene)
        inside = 1 / (1 + np.exp(-((0.9 - x - 0.5 * y) / edge).clip(-50, 50)))
        return scene * (1 - strength * inside)[..., None]

    return change


def flash(strength: float) -> Change:
    """A bright spot in the middle, dark corners."""

    def change(scene: np.ndarray, _: np.random.Generator) -> np.ndarray:
        x, y = _axes(scene)
        return scene * (1 - strength + strength * np.exp(-6 * ((x - 0.4) ** 2 + (y - 0.45) ** 2)))[..., None]

    return change


def lines(spacing: int, colour: tuple[int, int, int], rows: bool = True, columns: bool = True, wide: int = 1) -> Change:
    """Ruled or squared paper."""

    def change(scene: np.ndarray, chance: np.random.Generator) -> np.ndarray:
        scene, start = scene.copy(), int(chance.integers(spacing))
        for offset in range(wide):
            if rows:
                scene[start + offset :: spacing] = colour
            if columns:
                scene[:, start + offset :: spacing] = colour
        return scene

    return change


def table(colour: tuple[int, int, int], left: float = 0.12, below: float = 0.0) -> Change:
    """What lies beside the paper."""

    def change(scene: np.ndarray, _: np.random.Generator) -> np.ndarray:
        x, y = _axes(scene)
        return np.where(((x < left) | (y > 1 - below))[..., None], colour, scene)

    return change


def stain(scene: np.ndarray, _: np.random.Generator) -> np.ndarray:
    """The ring of a cup, faint."""
    x, y = _axes(scene)
    ring = np.exp(-(((np.hypot(x - 0.75, y - 0.3) - 0.16) / 0.02) ** 2))
    return scene * (1 - 0.12 * ring)[..., None]


def fold(scene: np.ndarray, _: np.random.Generator) -> np.ndarray:
    """A fold from top to bottom: one side darker, a faint line between."""
    x, _y = _axes(scene)
    return scene * (1 - 0.08 * (x > 0.33) - 0.1 * np.exp(-(((x - 0.33) / 0.006) ** 2)))[..., None]


def crumpled(scene: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Soft light and dark areas all over."""
    rough = Image.fromarray(chance.normal(0, 1, (9, 12)).astype(np.float32)).resize(
        scene.shape[1::-1], Image.Resampling.BICUBIC
    )
    return scene * (1 + 0.05 * np.asarray(rough))[..., None]


SQUARES = lines(18, (150, 175, 215))
KINDS: dict[str, Kind] = {
    "plain": Kind(),
    "blue pen": Kind(pen=BLUE),
    "red pen": Kind(pen=RED),
    "green pen": Kind(pen=GREEN),
    "pencil": Kind(pen=PENCIL, thick=-4),
    "light pencil": Kind(pen=(150, 150, 150), thick=-2),
    "thick marker": Kind(thick=9),
    "very thick marker": Kind(thick=14, height=0.6),
    "thin pen": Kind(thick=-6),
    "thin blue pen, small": Kind(pen=BLUE, thick=-5, height=0.3),
    "light from the left": Kind(after=(gradient(0.55),)),
    "light from above": Kind(after=(gradient(0.45, 0.1, 1.0),)),
    "dim": Kind(after=(gradient(0.4), gradient(0.6)), noise=3),
    "soft shadow": Kind(after=(shadow(0.4, 0.08),)),
    "hard shadow": Kind(after=(shadow(0.4),)),
    "dark shadow, blue pen": Kind(pen=BLUE, after=(shadow(0.55, 0.05),)),
    "flash": Kind(after=(flash(0.5),)),
    "squared paper": Kind(before=(SQUARES,)),
    "squared paper, dark lines": Kind(before=(lines(22, (120, 140, 180)),)),
    "squared paper, wide squares": Kind(before=(lines(40, (150, 175, 215)),), pen=BLUE),
    "squared paper, narrow squares": Kind(before=(lines(11, (175, 195, 225)),)),
    "squared paper in shadow": Kind(before=(SQUARES,), after=(gradient(0.55),)),
    "millimetre paper": Kind(before=(lines(6, (240, 200, 180)),)),
    "ruled paper": Kind(before=(lines(30, (140, 160, 210), columns=False),)),
    "ruled paper, two pixels wide": Kind(before=(lines(34, (160, 175, 215), columns=False, wide=2),)),
    "margin line": Kind(before=(lines(200, (220, 120, 120), rows=False),)),
    "far left": Kind(place=(0.22, 0.5)),
    "top right": Kind(place=(0.75, 0.3), height=0.4),
    "small": Kind(height=0.25),
    "very small": Kind(height=0.16, place=(0.6, 0.4)),
    "fills the picture": Kind(height=0.85),
    "tilted left": Kind(tilt=12),
    "tilted right": Kind(tilt=-12),
    "yellow paper": Kind(paper=YELLOW),
    "brown paper, white pen": Kind(paper=BROWN, pen=WHITE),
    "brown paper, black pen": Kind(paper=BROWN),
    "chalk on a green board": Kind(paper=BOARD, pen=WHITE),
    "chalk on a blackboard": Kind(paper=BLACKBOARD, pen=(215, 215, 210), noise=5),
    "board in uneven light": Kind(paper=BOARD, pen=WHITE, after=(gradient(0.5),)),
    "screen in dark mode": Kind(paper=(18, 18, 18), pen=(120, 200, 255), noise=0.5, quality=95),
    "grainy": Kind(noise=10),
    "out of focus": Kind(blur=2.5),
    "strong JPEG": Kind(quality=18),
    "table on the left": Kind(before=(table((70, 50, 40)),), place=(0.58, 0.5)),
    "table on two sides": Kind(before=(table((60, 60, 64), 0.1, 0.12),), place=(0.55, 0.42)),
    "coffee stain": Kind(before=(stain,)),
    "folded": Kind(before=(fold,), place=(0.6, 0.5)),
    "crumpled": Kind(after=(crumpled,)),
    "portrait": Kind(size=(270, 480), height=0.3),
    "telephone": Kind(size=(1600, 1200), height=0.35, blur=1.5, noise=4, after=(gradient(0.6),)),
    "tiny picture": Kind(size=(80, 60), height=0.6, blur=0.3),
    "panorama": Kind(size=(900, 220), height=0.6),
}
