"""What is unpacked for the screen is there for the model, whoever comes between, and no more than fits is kept."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from ui.server.unpacking import Unpacking
from vit.pictures.decoded import Decoded

SIDE = 40
PLAIN = True  # as transformers reads it: then the model reads the file, however small it is


def file(shade: int, side: int = SIDE) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (side, side), (shade, shade, shade)).save(buffer, "PNG")
    return buffer.getvalue()


def itself(picture: Decoded) -> Decoded:
    return picture


@pytest.fixture
def unpacking() -> Unpacking:
    """Room for two of these pictures."""
    return Unpacking(limit=2 * SIDE * SIDE)


def test_each_picture_is_unpacked_once_though_others_come_between(unpacking: Unpacking) -> None:
    files = [file(10), file(200)]
    shown = [unpacking.show(data, "own.png", PLAIN, itself) for data in files]
    for data, picture in zip(files, shown, strict=True):
        assert unpacking.read(data, "own.png", PLAIN, itself) is picture
    again = unpacking.read(files[0], "own.png", PLAIN, itself)
    assert again is not shown[0], "read once, it is let go"
    assert again.size == (SIDE, SIDE)


def test_the_oldest_goes_when_there_is_no_room(unpacking: Unpacking) -> None:
    files = [file(shade) for shade in (10, 100, 200)]
    shown = [unpacking.show(data, "own.png", PLAIN, itself) for data in files]
    for number, still_there in ((2, True), (1, True), (0, False)):
        read = unpacking.read(files[number], "own.png", PLAIN, itself)
        assert (read is shown[number]) == still_there


def test_what_is_kept_makes_room_for_what_is_in_use(unpacking: Unpacking) -> None:
    """Of what is unpacked never more than the limit lies in memory, kept or in use."""
    first, second, third = (file(shade) for shade in (10, 100, 200))
    shown = unpacking.show(first, "own.png", PLAIN, itself)
    with unpacking.room(SIDE * SIDE):  # one in use, one kept
        assert unpacking.show(second, "own.png", PLAIN, itself) is not shown
    assert unpacking.read(first, "own.png", PLAIN, itself) is not shown
    shown = unpacking.show(third, "own.png", PLAIN, itself)
    with unpacking.room(2 * SIDE * SIDE):
        pass
    assert unpacking.read(third, "own.png", PLAIN, itself) is not shown


def test_one_that_is_larger_than_the_room_is_not_kept(unpacking: Unpacking) -> None:
    large = file(10, side=2 * SIDE)
    assert unpacking.show(large, "own.png", PLAIN, itself) is not unpacking.read(large, "own.png", PLAIN, itself)


def test_read_another_way_it_is_another_picture(unpacking: Unpacking) -> None:
    data = file(10)
    shown = unpacking.show(data, "own.png", PLAIN, itself)
    assert unpacking.read(data, "own.png", not PLAIN, itself) is not shown
    assert unpacking.read(data, "own.png", PLAIN, itself) is shown


def test_what_is_shown_whole_is_not_kept(unpacking: Unpacking) -> None:
    """Nobody would ask for it: the model reads what is shown."""
    data = file(10)
    shown = unpacking.show(data, "own.png", not PLAIN, itself)
    assert unpacking.read(data, "own.png", not PLAIN, itself) is not shown
