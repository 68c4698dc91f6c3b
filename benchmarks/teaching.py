"""The page Teach: how long a picture takes until it is counted, how often the camera is answered, what a session keeps.

``python -m benchmarks.teaching [--people 30] [--think 3]``: first one person alone, then a class at once. Everybody
names five classes and brings five photographs of two megapixels for each, one after the other, with pauses of
``--think`` seconds in the mean; after each the page must count it. Alone, the camera is asked for ten seconds, too.
Beside each figure stands its goal. People and server share the machine's cores. Memory is what the server's grows by
with each of ``MORE`` people who come one after the other when the class is through, all sessions staying open: what all
share is full by then.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import random
import time
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from PIL import Image

from benchmarks.cookies import LostError
from benchmarks.measure import spread
from benchmarks.served import Served, served
from benchmarks.session import Session
from vit.paths import SAMPLE_IMAGES

MB = 2**20
SIZE = 1632, 1224  # two megapixels
CLASSES, PICTURES = 5, 5
CAMERA_SECONDS = 10
MORE = 8


@dataclass
class Notes:
    """Seconds from bringing a picture to the page that counts it; ``first``: of everybody's first one."""

    first: list[float] = field(default_factory=list)
    later: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def photographs() -> list[bytes]:
    """For each class parts of one of the sample photographs, as JPEGs, no two alike."""
    found = []
    for path in sorted(SAMPLE_IMAGES.glob("*.jpg"))[:CLASSES]:
        whole = Image.open(path).convert("RGB")
        for place in range(PICTURES):
            cut = 8 * place
            part = whole.crop((cut, cut // 2, whole.width - 40 + cut, whole.height - 20 + cut // 2))
            buffer = BytesIO()
            part.resize(SIZE, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
            found.append(buffer.getvalue())
    return found


def control(session: Session, kind: str, label: str) -> str:
    """The id of the control whose label begins so."""
    for element in session.all(kind):
        if element.label.startswith(label):
            return str(element.id)
    raise LostError(f"there is no {label}")


async def choose(session: Session, label: str, option: str) -> None:
    """Press one of several buttons that stand side by side."""
    await session.set(control(session, "button_group", label), string_array_value={"data": [option]})


async def pupil(address: str, person: int, data: list[bytes], think: float, notes: Notes) -> Session:
    """One person's lesson; the session stays open."""
    session, rng = Session(address), random.Random(person)
    await session.__aenter__()
    await session.open("teach")
    for at, one in enumerate(data):
        await asyncio.sleep(rng.expovariate(1 / think) if think else 0)
        if at % PICTURES == 0:
            await session.set(control(session, "text_input", "A new class"), string_value=f"class {at // PICTURES}")
        if at == 0:
            await choose(session, "From", "Upload")
        waited = await session.upload(control(session, "file_uploader", "Pictures, many"), f"{at}.jpg", one)
        (notes.later if at else notes.first).append(waited)
        shown = json.loads(session.component("vit_board").json)[0]
        if sum(row["count"] for row in shown["rows"]) != at + 1:
            raise LostError(f"person {person}: picture {at} is not counted")
    return session


async def camera(session: Session, data: list[bytes]) -> float:
    """How many frames a second are answered, one sent when the last is answered."""
    frames = []
    for one in data:
        buffer = BytesIO()
        Image.open(BytesIO(one)).resize((384, 288)).save(buffer, "JPEG", quality=90)
        frames.append(f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}")
    await choose(session, "Ask about", "The camera, live")
    answered, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < CAMERA_SECONDS:
        await session.trigger(session.component("vit_camera").id, "frame", frames[answered % len(frames)])
        answered += 1
        shown = json.loads(session.component("vit_camera").json)[0]
        if shown["answered"] != answered or not shown["says"]:
            raise LostError(f"frame {answered} is not answered")
    return answered / spent


async def lesson(server: Served, people: int, think: float) -> dict[str, Any]:
    """The figures of so many people; one more has been there before, so that the server is warm."""
    data = photographs()
    warm = await pupil(server.address, -1 % 2**16, data[: 2 * PICTURES], 0, Notes())
    used, notes = server.seconds(), Notes()
    work = [pupil(server.address, person, data, think, notes) for person in range(people)]
    sessions = await asyncio.gather(*work, return_exceptions=True)
    notes.errors += [repr(one) for one in sessions if isinstance(one, BaseException)]
    found = {
        "first": spread([1000 * each for each in notes.first]),
        "later": spread([1000 * each for each in notes.later]),
        "CPU": 1000 * (server.seconds() - used) / max(1, len(notes.first) + len(notes.later)),
        "errors": notes.errors,
    }
    if people == 1 and isinstance(sessions[0], Session):
        found["camera"] = await camera(sessions[0], data)
    more: list[Session] = []
    if people > 1:
        before = server.resident
        more = [await pupil(server.address, people + person, data, 0, Notes()) for person in range(MORE)]
        found["MB"] = (server.resident - before) / MORE / MB
    for one in (warm, *sessions, *more):
        if isinstance(one, Session):
            await one.__aexit__(None, None, None)
    return found


def line(what: str, measured: str, goal: str = "") -> None:
    print(f"{what:58} {measured:>16}   {goal}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--think", type=float, default=3.0, help="mean pause before a picture, seconds")
    asked = parser.parse_args()
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, at {time.strftime('%H:%M')}")
    for people in (1, asked.people):
        with served() as server:
            found = asyncio.run(lesson(server, people, asked.think))
        who, first, later = "alone" if people == 1 else f"{people} people", found["first"], found["later"]
        goal = "≤ 600" if people == 1 else "≤ 3000"
        line(f"{who}: first picture, ms: median", f"{first['median']:.0f}", goal)
        line(f"{who}: a picture more, ms: median · 95 %", f"{later['median']:.0f} · {later['p95']:.0f}", goal)
        line(f"{who}: processor time of the server for a picture, ms", f"{found['CPU']:.0f}")
        if "MB" in found:
            line(f"{who}: memory of a session more, MB", f"{found['MB']:.1f}", "≤ 5")
        if "camera" in found:
            line(f"{who}: camera's answers a second", f"{found['camera']:.1f}", "≥ 2")
        for error in found["errors"]:
            line(f"{who}: lost", error)


if __name__ == "__main__":
    main()
