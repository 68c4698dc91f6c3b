"""What one person in a class does: opens the app, brings a picture or takes a sample, walks all pages, moves sliders.

After every run the pictures the page names are fetched, as a browser does, and the page is checked: it must
name this person's picture, and show this person's pixels.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image

from benchmarks.cookies import LostError
from benchmarks.session import Session
from tests.support.packed import unpacked
from ui.session.samples import PHOTOS
from ui.shell.stages import STAGES, WALK

PAGES = tuple(stage.path for stage in STAGES if stage.group == WALK)
PHONE = 4032, 3024  # pixels


@dataclass
class Notes:
    """What all people of one measurement noted down; seconds, by what was done."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    shown: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    received: int = 0  # bytes over sockets
    fetched: int = 0  # bytes of pictures and attention

    def show(self, page: str, name: str, mark: str) -> None:
        """Note that ``name``'s page showed a picture known by ``mark``: always the same one, and nobody else's."""
        marks = self.shown[page]
        if marks.setdefault(name, mark) != mark:
            raise LostError(f"{page}: {name} was shown two different pictures")
        if [other for other, its in marks.items() if its == mark and other != name]:
            raise LostError(f"{page}: {name} was shown the picture of another")


@cache
def _grain() -> np.ndarray:
    """Shades and noise of twelve million pixels, zero in the mean: what makes a photograph's file large."""
    rng = np.random.default_rng(0)
    shades = Image.fromarray(rng.integers(0, 40, (48, 64), dtype=np.uint8)).resize(PHONE, Image.Resampling.BICUBIC)
    grain = np.asarray(shades) + rng.normal(0, 6, PHONE[::-1])
    return (grain - grain.mean()).round().astype(np.int16)[..., None]


def own_picture(number: int) -> tuple[str, bytes, tuple[int, int, int]]:
    """A picture as a telephone takes it, its name, and its mean colour, like no other's of 125: (name, JPEG, RGB)."""
    colour = (30 + 48 * (number % 5), 30 + 48 * (number // 5 % 5), 30 + 48 * (number // 25 % 5))
    rng = random.Random(number)
    image = Image.fromarray((_grain() + np.array(colour, np.int16)).clip(0, 255).astype(np.uint8))
    for _ in range(12):  # something to look at, too small to move the mean
        x, y = rng.randrange(PHONE[0]), rng.randrange(PHONE[1])
        image.paste(tuple(rng.randrange(256) for _ in range(3)), (x, y, x + 75, y + 75))
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return f"own{number}.jpg", buffer.getvalue(), colour


async def choose_upload(session: Session) -> str:
    """Say that the picture is one's own; the control that takes the file."""
    source = next(found for found in session.all("button_group") if found.label == "Picture")
    await session.set(source.id, string_array_value={"data": ["Upload"]})
    return next(iter(session.all("file_uploader"))).id


class Person:
    """Number ``number`` of a class; every second one brings a picture."""

    def __init__(self, address: str, number: int, notes: Notes, think: float) -> None:
        self.session = Session(address)
        self.notes, self.think = notes, think
        self.rng = random.Random(1000 + number)
        self.own = own_picture(number) if number % 2 else None
        self.sample = sorted(PHOTOS)[number // 2 % len(PHOTOS)]
        self.name = self.sample.replace("_", " ")
        self.have: set[str] = set()  # what this browser has fetched and keeps

    async def stay(self, pages: tuple[str, ...], moves: int) -> None:
        """The whole visit, up to the last look at the last page; the socket stays open."""
        began = time.perf_counter()
        await self.session.__aenter__()
        await self.session.open(pages[0], f"image={self.sample}")
        self.notes.seconds["first page"].append(time.perf_counter() - began)
        await self._look(pages[0])
        if self.own:
            await self._pause()
            await self._upload(pages[0])
        for page in pages:
            if page != pages[0]:
                await self._pause()
                self.notes.seconds["page change"].append(await self.session.go(page))
                await self._look(page)
            for turn in range(moves):
                await self._pause()
                self.notes.seconds[f"rerun {page or 'overview'}"].append(await self.move(page, turn))
                await self._look(page)

    async def leave(self) -> None:
        self.notes.received += self.session.received
        await self.session.__aexit__(None, None, None)

    async def move(self, page: str, turn: int) -> float:
        """Move the main control of ``page``; seconds until the page stands again."""
        session, rng = self.session, self.rng
        if page == "output":
            toggle = next(box for box in session.all("checkbox") if box.label.startswith("Fixed"))
            return await session.set(toggle.id, bool_value=turn % 2 == 0)
        if page == "attention":
            pin = {"token": rng.randrange(257), "layer": rng.randrange(12), "head": rng.randrange(6)}
            return await session.trigger(session.component("vit_explorer").id, "pinned", pin)
        if page == "patch_embedding":
            return await session.trigger(session.component("vit_film").id, "level", (turn * 5 + rng.randrange(4)) % 13)
        if page == "position":
            return await session.trigger(session.component("vit_patch_map").id, "picked", 1 + rng.randrange(256))
        if page == "":
            choice = {"token": rng.randrange(257), "layer": rng.randrange(12)}
            return await session.trigger(session.component("vit_whole_model").id, "pinned", choice)
        slider = next(iter(session.all("slider")))
        if slider.options:
            choice = slider.options[rng.randrange(len(slider.options))]
            return await session.set(slider.id, string_array_value={"data": [choice]})
        value = float(rng.randrange(int(slider.min), int(slider.max) + 1))
        return await session.set(slider.id, double_array_value={"data": [value]})

    async def _upload(self, page: str) -> None:
        assert self.own, "who brings no picture uploads none"
        name, data, _ = self.own
        uploader = await choose_upload(self.session)
        self.notes.seconds["upload"].append(await self.session.upload(uploader, name, data))
        self.name = name
        await self._look(page)

    async def _look(self, page: str) -> None:
        """Fetch what the page shows and see that it is one's own."""
        if f"**{self.name}** ·" not in self.session.text().replace("\\", ""):
            raise LostError(f"{page}: the page does not name {self.name}")
        urls = [image.url for images in self.session.all("imgs") for image in images.imgs]
        mark = ""
        for component in self.session.all("bidi_component"):
            if component.component_name in ("vit_explorer", "vit_whole_model"):
                mark = json.loads(component.json)[0]["url"]
                urls.append(mark)
            elif component.component_name == "vit_patch_map" and not mark:
                mark = json.loads(component.json)[0]["image"]
        self.notes.show(page, self.name, mark)
        for url in urls:
            if url not in self.have:
                self.have.add(url)
                data = await self.session.fetch(url)
                self.notes.fetched += len(data)
                if page == "" and url == mark and self.own and self.name == self.own[0]:
                    self._recognise(data, self.own[2])

    def _recognise(self, data: bytes, colour: tuple[int, int, int]) -> None:
        shown = unpacked(data)[1]["image"].mean(axis=(0, 1))  # (3,)
        if np.abs(shown - colour).max() > 12:
            raise LostError(f"{self.name} has the colour {colour} and was shown as {shown}")

    async def _pause(self) -> None:
        await asyncio.sleep(self.rng.expovariate(1 / self.think) if self.think else 0)
