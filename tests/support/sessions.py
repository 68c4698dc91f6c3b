"""A person's session without a browser: pages opened as by a link, what is on them, what is pressed and brought."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.support.places import APP, ROOT
from tests.support.words import as_read
from ui.session.picture import Picture


def healthy(at: AppTest) -> AppTest:
    """The session, if its last run raised nothing."""
    assert not at.exception, [error.value for error in at.exception]
    return at


def opened(page: str, **link: str) -> AppTest:
    """The app with this page open (``"patches"``), as a link with these parameters opens it."""
    at = AppTest.from_file(str(APP), default_timeout=120)
    for name, value in link.items():
        at.query_params[name] = value
    return go(at, page)


def alone(page: str, **link: str) -> AppTest:
    """The page run by itself, without the app's menu around it."""
    at = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=120)
    for name, value in link.items():
        at.query_params[name] = value
    return healthy(at.run())


def train_page(**link: str) -> AppTest:
    """The page Train by itself."""
    return alone("train", **link)


def upload(at: AppTest, name: str, data: bytes) -> AppTest:
    """The session after a person has brought this file in place of a sample."""
    at.segmented_control(key="source_menu").set_value("Upload").run()
    return healthy(at.file_uploader[0].upload(name, data).run())


def go(at: AppTest, page: str) -> AppTest:
    """The same session on another page."""
    return healthy(at.switch_page(f"pages/{page}.py").run())


def with_model(at: AppTest, folder: Path, **choices: object) -> AppTest:
    """The session after a person has named a model's folder in the dialog, which a link may not do."""
    at.session_state.added = [str(folder)]
    at.session_state.model = str(folder)
    for name, value in choices.items():
        at.session_state[name] = value
    return healthy(at.run())


def press(at: AppTest, label: str) -> AppTest:
    """The session after a click on the button of this label."""
    return healthy(next(button for button in at.button if button.label == label).click().run())


def link(at: AppTest) -> dict[str, str]:
    """What stands in the address now."""
    return {name: value[0] if isinstance(value, list) else value for name, value in at.query_params.items()}


def labels(at: AppTest) -> list[str]:
    """What stands on the buttons."""
    return [button.label for button in at.button]


def captions(at: AppTest) -> str:
    """All captions, as a person reads them."""
    return _joined(at.caption)


def words(at: AppTest) -> str:
    """All running text of the page, messages and formulas too, as a person reads it."""
    return _joined(at.markdown, at.caption, at.info, at.warning, at.error, at.latex)


def _joined(*kinds: object) -> str:
    """Explanations of words, which open when they are pointed at, are left out."""
    text = " ".join(element.value for kind in kinds for element in kind).replace("\\", "")
    return as_read(text)


def brought(number: int) -> Picture:
    """The picture of noise with this number, 32 × 32, as if a person had brought it."""
    pixels = np.random.default_rng(number).integers(0, 256, (32, 32, 3), np.uint8)
    return Picture(f"{number:032x}", f"{number}.png", Image.fromarray(pixels))
