"""A server for ``tests/support/explorer_app.py``, the models it knows, and a driver for the explorer in a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from playwright.sync_api import Locator, Page

from benchmarks.served import Served, served
from tests.support.models import SMALL, random_model
from tests.support.places import BUNDLED, ROOT, SAMPLES
from vit import PRESETS, Trace, ViT, load_pretrained, open_image
from vit.analysis import attention


@cache
def model_called(name: str) -> ViT:
    """The bundled model, a preset with random weights (``dinov2-s14@448``: at that side), or a small random one."""
    if name == "bundled":
        return load_pretrained(BUNDLED)
    preset, _, side = name.partition("@")
    if preset in PRESETS:
        config = PRESETS[preset]
        torch.manual_seed(0)  # in this process as in the server's
        model = ViT(replace(config, image_size=(int(side), int(side))) if side else config)
        return model.eval().requires_grad_(False)
    return random_model(SMALL[name])


def traced(name: str, picture: int = 0) -> tuple[ViT, Trace]:
    """A model and its trace of a sample picture."""
    model = model_called(name)
    return model, model.trace(model.preprocess(open_image(SAMPLES[picture % len(SAMPLES)])))


@contextmanager
def explorer_server() -> Iterator[Served]:
    """A fresh server of nothing but the explorer."""
    with TemporaryDirectory() as folder:
        script = shutil.copy(ROOT / "tests" / "support" / "explorer_app.py", Path(folder) / "app.py")
        (Path(folder) / "static").mkdir()
        options = ("server.enableStaticServing=true", "server.headless=true", "server.fileWatcherType=none")
        flags = [f"--{option}" for option in (*options, "browser.gatherUsageStats=false")]
        with served({"PYTHONPATH": str(ROOT)}, Path(script), flags) as server:
            yield server


class Explorer:
    """The explorer on a page, driven the way a person would, and the trace its numbers must agree with."""

    def __init__(self, page: Page, address: str, name: str, until: str = "complete") -> None:
        """Opened, and waited for until what the first token takes is drawn (``ready``) or all is fetched."""
        self.page = page
        self.model, self.trace = traced(name.removesuffix(" merged"))
        self.layout = self.trace.layout
        self.patterns = np.stack([block.pattern[0].numpy() for block in self.trace.blocks])  # (l, h, n, n)
        self.norms = attention.value_norms(self.trace, self.model)
        self.rollout = attention.rollout(self.trace)
        page.goto(f"{address}/?m={name}")
        page.locator(f"[data-testid=attention-explorer][data-{until}]").wait_for(timeout=60_000)
        page.locator(".more summary").click()
        parts = ("picture", "grid", "matrix", "readout", "layer", "head")
        self.picture, self.grid, self.matrix, self.readout, self.layer, self.head = (
            page.get_by_test_id(f"explorer-{part}") for part in parts
        )

    def choose(self, control: str, value: str) -> None:
        """One of the buttons in a row, by its value."""
        self.page.locator(f"[data-name={control}] input[value={value}]").check(force=True)

    def column(self, head: int | str) -> None:
        """A head, or a fusion by its name."""
        fused = isinstance(head, str)
        self.page.locator("select.fusion").select_option(head if fused else "")
        if not fused:
            self.head.fill(str(head))

    def place(self, token: int) -> tuple[Locator, dict[str, float] | None]:
        """Where a token is on the page: what to point at, and where in it."""
        if (place := self.layout.row_column(token)) is None:
            return self.page.locator(f".picture:not(.held) [data-token='{token}']"), None
        box, (gh, gw) = self.picture.bounding_box(), self.layout.grid
        return self.picture, {"x": box["width"] * (place[1] + 0.5) / gw, "y": box["height"] * (place[0] + 0.5) / gh}

    def pin(self, token: int) -> None:
        self.page.keyboard.press("Escape")
        if self.page.locator(".unpin").is_visible():
            self.page.locator(".unpin").click()
        where, position = self.place(token)
        where.click(position=position)

    def hover(self, token: int) -> None:
        where, position = self.place(token)
        where.hover(position=position)

    def data(self) -> dict[str, Any]:
        """The readout's ``data-…`` after everything asked for has been drawn."""
        self.page.evaluate("() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")
        return dict(self.readout.evaluate("e => ({...e.dataset})"))

    def expected(self, layer: int, head: int | str, measure: str) -> np.ndarray:
        """The trace's own matrix (n, n): a row a query, a column a key."""
        if head == "rollout":
            return self.rollout[layer]
        pattern = self.patterns[layer]
        if measure == "contribution":
            pattern = attention.contribution(pattern, self.norms[layer])
        return pattern[head] if isinstance(head, int) else getattr(pattern, head)(axis=0)
