"""TIFFs of every kind of value, in every layout, scaled by their own range; what cannot be read is refused by name."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tests.support.deep_files import tiff
from vit.pictures import tiff_values
from vit.pictures.open import PictureError, decode, open_image

ROWS, COLUMNS = 61, 83
_RAMP = np.linspace(0, 1, ROWS * COLUMNS).reshape(ROWS, COLUMNS)
SMOOTH = np.stack([_RAMP, _RAMP[::-1], _RAMP[:, ::-1]], axis=-1)  # (rows, columns, 3) of 0 … 1


def levels(values: np.ndarray) -> np.ndarray:
    """From their lowest, black, to their highest, white."""
    numbers = values.astype(float)
    finite = numbers[np.isfinite(numbers)]
    shares = (numbers - finite.min()) / (finite.max() - finite.min())
    return np.nan_to_num(shares * 255, nan=0, posinf=0, neginf=0).round()


def shown(data: bytes, channels: int) -> np.ndarray:
    return np.asarray(open_image(data))[..., :channels]


@pytest.mark.parametrize("kind", ["i1", "i2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_kind_of_value_is_scaled_by_its_range(kind: str, order: str, channels: int) -> None:
    low, high = {"u4": (0, 4e9), "u8": (0, 1e12)}.get(kind, (-100, 120))
    values = (low + SMOOTH[..., :channels] * (high - low)).astype(kind)
    data = tiff(values, order)
    assert np.array_equal(shown(data, channels), levels(values))
    assert "were scaled from their own range" in decode(data).notes[0]


@pytest.mark.parametrize("kind", ["f2", "f4", "f8", "i4"])
@pytest.mark.parametrize("how", [{"planes": True}, {"packed": True}, {"packed": True, "planes": True}, {"tile": 32},
                                 {"tile": 32, "packed": True, "planes": True}, {"tags": {274: [6]}}])  # fmt: skip
@pytest.mark.parametrize("order", ["<", ">"])
def test_colours_in_every_layout(kind: str, how: dict, order: str) -> None:
    values = (SMOOTH * 500 - 200).astype(kind)
    found = shown(tiff(values, order, **how), 3)
    assert np.array_equal(found, np.rot90(levels(values), -1) if "tags" in how else levels(values))


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("channels", [1, 3])
def test_differences_of_bytes(kind: str, order: str, channels: int) -> None:
    """Predictor 3: bytes by their weight, each less its neighbour (TIFF technical note 3)."""
    values = (SMOOTH[..., :channels] * 500 - 200).astype(kind)
    if (kind, channels) == ("f4", 1):
        pytest.skip("Pillow reads it")
    heaviest_first = values.astype(f">{kind}").view(np.uint8).reshape(ROWS, COLUMNS * channels, -1)
    apart = np.moveaxis(heaviest_first, -1, 1).reshape(ROWS, -1, channels)
    stored = np.diff(apart, axis=1, prepend=np.zeros((ROWS, 1, channels), np.uint8))
    data = tiff(values, order, packed=True, tags={317: [3]}, body=stored.tobytes())
    assert np.array_equal(shown(data, channels), levels(values))


def test_differences_of_whole_numbers() -> None:
    values = (SMOOTH * 1e9).astype(np.uint32)
    stored = np.diff(values, axis=1, prepend=np.zeros((ROWS, 1, 3), np.uint32))
    data = tiff(values, packed=True, tags={317: [2]}, body=stored.astype("<u4").tobytes())
    assert np.array_equal(shown(data, 3), levels(values))


def test_white_is_zero_and_a_border_of_nan_is_black() -> None:
    values = _RAMP[..., None].copy()
    values[:3] = np.nan
    values[-1, 0] = np.inf
    assert np.array_equal(shown(tiff(values), 1), levels(values))
    turned = levels(values)
    turned[np.isfinite(values)] = (255 - (values - np.nanmin(values)) / (1 - np.nanmin(values)) * 255).round()[
        np.isfinite(values)
    ]
    assert np.abs(shown(tiff(values, photometric=0), 1) - turned).max() <= 1
    with pytest.raises(PictureError, match=r"^scan.tif holds no finite values\.$"):
        open_image(tiff(np.full((4, 4, 1), np.nan)), "scan.tif")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (tiff(SMOOTH, tags={259: [5]}), "packed in a way that cannot be read: save it anew with 8 or 16 bits"),
        (tiff(np.dstack([SMOOTH, _RAMP])), "of a kind that few programs read: save it anew with 8 or 16 bits"),
        (tiff(SMOOTH)[:-10], "cut off"),
        (tiff(SMOOTH, packed=True)[:-10], "cut off"),
    ],
    ids=["LZW", "four colours", "cut off", "cut off, packed"],
)
def test_what_cannot_be_read_is_refused_by_name(data: bytes, says: str) -> None:
    with pytest.raises(PictureError, match=f"^scan.tif is .*{says}"):
        open_image(data, "scan.tif")


def test_a_small_file_of_very_many_values_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiff_values, "MOST_BYTES", SMOOTH.nbytes - 1)
    with pytest.raises(PictureError, match="MB of values once unpacked"):
        open_image(tiff(SMOOTH, packed=True))


def test_it_is_read_the_same_as_transformers_reads_what_it_can() -> None:
    """Grey of 32 bits in floating point is Pillow's; here the same file in 64 bits comes out the same."""
    single = (_RAMP[..., None] * 37 - 5).astype(np.float32)
    assert open_image(tiff(single)).tobytes() == open_image(tiff(single.astype(np.float64))).tobytes()
    assert isinstance(open_image(tiff(single)), Image.Image)
