"""A class at the page Teach: how long from a picture brought to its being counted, and what a session keeps.

``python -m benchmarks.teaching [--people 1 30] [--think 3] [--classes 5] [--pictures 5]``: everybody names classes and
brings pictures of two megapixels for each, one after the other, with pauses of ``--think`` seconds in the mean. After
each the page must count it. People and server share the machine's cores.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import time
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.cookies import LostError
from benchmarks.measure import spread
from benchmarks.served import Served, served
from benchmarks.session import Session

MB = 2**20
SIZE = 1632, 1224  # two megapixels


@dataclass
class Notes:
    """Seconds from bringing a picture to the page that counts it; ``first``: of everybody's first one."""

    first: list[float] = field(default_factory=list)
    later: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def picture(person: int, number: int, place: int) -> bytes:
    """A JPEG like no other, with the colours of class ``number``."""
    rng = np.random.default_rng((person, number, place))
    shades = rng.integers(0, 60, (12, 16, 3)) + np.array([40 * number, 180 - 40 * number, 90])
    image = Image.fromarray(shades.clip(0, 255).astype(np.uint8)).resize(SIZE, Image.Resampling.BICUBIC)
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def control(session: Session, kind: str, label: str) -> str:
    """The id of the control whose label begins so."""
    for element in session.all(kind):
        if element.label.startswith(label):
            return str(element.id)
    raise LostError(f"there is no {label}")


async def pupil(address: str, person: int, classes: int, pictures: int, think: float, notes: Notes) -> Session:
    """One person's lesson; the session stays open."""
    session, rng = Session(address), random.Random(person)
    await session.__aenter__()
    await session.open("teach")
    data = await asyncio.to_thread(lambda: [picture(person, at // pictures, at) for at in range(classes * pictures)])
    for at, one in enumerate(data):
        await asyncio.sleep(rng.expovariate(1 / think) if think else 0)
        if at % pictures == 0:
            await session.set(control(session, "text_input", "A new class"), string_value=f"class {at // pictures}")
        if at == 0:
            await session.set(control(session, "button_group", "From"), string_array_value={"data": ["Upload"]})
        waited = await session.upload(control(session, "file_uploader", "Pictures, many"), f"{at}.jpg", one)
        (notes.later if at else notes.first).append(waited)
        shown = json.loads(session.component("vit_board").json)[0]
        if sum(row["count"] for row in shown["rows"]) != at + 1:
            raise LostError(f"person {person}: picture {at} is not counted")
    return session


async def lesson(server: Served, people: int, asked: argparse.Namespace) -> dict[str, Any]:
    """The figures of so many people; one more has been there before, so that the server is warm."""
    warm = await pupil(server.address, -1 % 2**16, 2, 2, 0, Notes())
    before, used, notes = server.resident, server.seconds(), Notes()
    work = [
        pupil(server.address, person, asked.classes, asked.pictures, asked.think, notes) for person in range(people)
    ]
    sessions = await asyncio.gather(*work, return_exceptions=True)
    notes.errors += [repr(one) for one in sessions if isinstance(one, BaseException)]
    found = {
        "first": spread([1000 * each for each in notes.first]),
        "later": spread([1000 * each for each in notes.later]),
        "CPU": 1000 * (server.seconds() - used) / max(1, len(notes.first) + len(notes.later)),
        "MB a session": (server.resident - before) / people / MB,
        "errors": notes.errors,
    }
    for one in (warm, *sessions):
        if isinstance(one, Session):
            await one.__aexit__(None, None, None)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=[1, 30])
    parser.add_argument("--think", type=float, default=3.0, help="mean pause before a picture, seconds")
    parser.add_argument("--classes", type=int, default=5)
    parser.add_argument("--pictures", type=int, default=5, help="of each class")
    asked = parser.parse_args()
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, at {time.strftime('%H:%M')}")
    print("people   first picture, ms   others, ms: median   95 %   server's CPU ms a picture   MB a session   errors")
    for people in asked.people:
        with served() as server:
            found = asyncio.run(lesson(server, people, asked))
        print(
            f"{people:>6} {found['first']['median']:>19.0f} {found['later']['median']:>20.0f} "
            f"{found['later']['p95']:>6.0f} {found['CPU']:>27.0f} {found['MB a session']:>14.1f} "
            f"{len(found['errors']):>8}",
            *found["errors"][:5],
            sep="\n" if found["errors"] else "",
            flush=True,
        )


if __name__ == "__main__":
    main()
