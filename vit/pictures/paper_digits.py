"""A photograph of a digit on paper → a picture like MNIST's, step by step.

MNIST's digits were scanned black on white, then inverted, fitted and centred (LeCun et al. 1998, section III-A). A
model trained on them reads nothing else: shadows, squared paper and coloured pens have to go first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

from vit.pictures import pieces
from vit.pictures.digits import like_mnist
from vit.pictures.open import PictureError
from vit.pictures.pieces import Piece

LONGER = 256  # pixels of the longer side while strokes are looked for
COARSE = 64  # of the longer side when the paper's brightness is estimated
REACHES = (10, 20)  # pixels of those: how far around a pixel is looked to know its paper
# How far writing leans, columns a row: 98 % of MNIST's training digits lie between the two, half below the third.
LEANS, USUAL = (-0.75, 0.45), -0.12
SPECK = 12  # pixels; less is no digit
_NONE_FOUND = "No digit was found: nothing in this picture stands out from the paper around it."
LEAST_CONTRAST, LEAST_OVER_NOISE = 14.0, 6.0  # ink against its paper: levels of 255, and times the paper's own grain
INK = 0.42  # of the darkest ink: what is darker counts as ink
THIN, WANTED = 0.075, 0.1  # a stroke's width as a share of the digit's height: thinner ones are made this wide


@dataclass(frozen=True)
class PaperDigit:
    """The steps, as grey pictures: ``grey`` as it came, ``ink`` how much each pixel differs from the paper around it
    (white: most), ``strokes`` what is taken for the digit, ``digit`` 28 × 28 as MNIST has it. ``light_ink``: chalk on a
    board rather than a pen on paper."""

    grey: Image.Image
    ink: Image.Image
    strokes: Image.Image
    digit: Image.Image
    light_ink: bool


def read_paper(picture: Image.Image) -> PaperDigit:
    """The digit in a picture. PictureError, in a sentence, where no ink or more than one digit is found."""
    small = picture.convert("L")
    scale = LONGER / max(small.size)
    size = max(1, round(small.width * scale)), max(1, round(small.height * scale))
    small = small.resize(size, Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BICUBIC)
    grey = np.asarray(small, dtype=np.float32)
    found = max((_look(grey, reach) for reach in REACHES), key=lambda look: look.area)
    strokes = _one_digit(found.pieces)
    ink, peak = found.ink, found.peak
    strokes, strength = _wide_enough(strokes, np.clip(ink / (0.8 * peak), 0, 1))
    kept = Image.fromarray((255 * strength * pieces.grown(strokes, 1)).astype(np.uint8))
    digit = like_mnist(_upright(kept))
    if digit is None:
        raise PictureError(_NONE_FOUND)
    return PaperDigit(
        small, Image.fromarray(np.clip(255 * ink / peak, 0, 255).astype(np.uint8)), kept, digit, found.light
    )


@dataclass(frozen=True)
class _Look:
    """What is found with one size of surroundings: ``ink`` (height, width), its ``peak``, and the pieces of a digit."""

    ink: np.ndarray
    peak: float
    light: bool
    pieces: list[Piece]

    @property
    def area(self) -> int:
        """Of the largest piece: strokes wider than half of the surroundings come out hollow, and smaller."""
        return max((piece.area for piece in self.pieces), default=0)


def _look(grey: np.ndarray, reach: int) -> _Look:
    ink, light = _ink(grey, reach)
    peak = _peak(ink)
    if peak < max(LEAST_CONTRAST, LEAST_OVER_NOISE * _grain(ink)):
        return _Look(ink, peak, light, [])
    mask = ink > INK * peak
    found = pieces.pieces(mask)
    if any(piece.crosses(mask.shape) for piece in found):  # lines of the paper, as dark as the pen
        found = pieces.pieces(pieces.without_thin_lines(mask))
    found = [piece for piece in found if not piece.crosses(mask.shape)]
    inside = [piece for piece in found if not piece.touches_edge(mask.shape)]
    return _Look(ink, peak, light, inside or found)


def _ink(grey: np.ndarray, reach: int) -> tuple[np.ndarray, bool]:
    """How far each pixel lies from its paper, towards the ink (at least 0), and whether ink is lighter than paper.

    The paper is what most pixels within ``reach`` are like: a median, which follows shadows. Ink is the direction in
    which the most different hundredth differs more.
    """
    size = [max(1, round(side * COARSE / LONGER)) for side in reversed(grey.shape)]
    coarse = np.asarray(Image.fromarray(grey).resize((size[0], size[1]), Image.Resampling.BOX))
    around = np.pad(coarse, reach, mode="reflect" if min(size) > reach else "edge")
    paper = np.median(sliding_window_view(around, (2 * reach + 1, 2 * reach + 1)), axis=(-2, -1)).astype(np.float32)
    wide = np.asarray(Image.fromarray(paper).resize(grey.shape[::-1], Image.Resampling.BILINEAR))
    darker = wide - grey
    most = max(1, darker.size // 100)
    dark, light = (float(np.sort(values, axis=None)[-most:].mean()) for values in (darker, -darker))
    return np.maximum(-darker if light > dark else darker, 0), light > dark


def _peak(ink: np.ndarray) -> float:
    """The strength of the ink where it is strongest over a few pixels, so that a speck does not count."""
    padded = np.pad(ink, 1, mode="edge")
    mean = sliding_window_view(padded, (3, 3)).mean(axis=(-2, -1))
    return float(np.sort(mean, axis=None)[-20:].mean())


def _grain(ink: np.ndarray) -> float:
    """How much the paper itself varies: the spread of the half of the pixels with the least ink."""
    return float(np.sqrt(np.mean(np.sort(ink, axis=None)[: ink.size // 2] ** 2)))


def _one_digit(found: list[Piece]) -> np.ndarray:
    """The pieces that make up one digit, as a mask; PictureError for none or for several digits."""
    main = max(found, key=lambda piece: piece.area, default=None)
    if main is None or main.area < SPECK:
        raise PictureError(_NONE_FOUND)
    kept = main.mask.copy()
    for piece in found:
        if piece is main or piece.area < 0.03 * main.area:
            continue
        if piece.stands_beside(main):
            raise PictureError("Several digits were found, and the model reads one: crop the picture to one digit.")
        if piece.belongs_to(main):
            kept |= piece.mask
    return kept


def _wide_enough(strokes: np.ndarray, strength: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Thin strokes (pencil, a fine pen) grown to the width that MNIST's have; with the strength of their ink."""
    rows = np.flatnonzero(strokes.any(axis=1))
    columns = np.flatnonzero(strokes.any(axis=0))
    height = max(len(rows) and rows[-1] - rows[0] + 1, len(columns) and columns[-1] - columns[0] + 1)
    width = pieces.stroke_width(strokes)
    if width >= THIN * height:
        return strokes, strength
    radius = max(1, round((WANTED * height - width) / 2))
    wide = pieces.grown(strokes, radius)
    return wide, np.where(wide, 1.0, 0.0)


def _upright(strokes: Image.Image) -> Image.Image:
    """Writing that leans further than MNIST's, sheared to how those usually lean; others as they are.

    The lean is the slope of the line of columns over rows that fits the ink best.
    """
    ink = np.asarray(strokes, dtype=np.float64)
    rows, columns = np.indices(ink.shape)
    total = max(float(ink.sum()), 1e-9)
    row, column = float((rows * ink).sum()) / total, float((columns * ink).sum()) / total
    spread = float(((rows - row) ** 2 * ink).sum())
    lean = float(((columns - column) * (rows - row) * ink).sum()) / spread if spread else 0.0
    if LEANS[0] <= lean <= LEANS[1]:
        return strokes
    shear = lean - USUAL
    way = (1, shear, -shear * row, 0, 1, 0)
    return strokes.transform(strokes.size, Image.Transform.AFFINE, way, Image.Resampling.BICUBIC)
