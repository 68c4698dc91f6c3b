"""Ten people ask why at the same moment, of ten pictures: all get their answer, and a newcomer is not behind them."""

from __future__ import annotations

import asyncio
import time

import pytest

from benchmarks.served import served
from benchmarks.session import Session
from tests.support.places import SAMPLES

pytestmark = pytest.mark.slow
PEOPLE = [path.stem for path in SAMPLES[:10]]


async def asks(address: str, image: str) -> tuple[float, str]:
    """When the last of it had come, and what the page then says."""
    async with Session(address) as session:
        await session.open("why", f"image={image}&side=112")
        return time.monotonic(), session.text()


async def looks(address: str) -> float:
    """When somebody who comes later, with a picture that nobody else has, sees what the model says."""
    await asyncio.sleep(1)
    async with Session(address) as session:
        await session.open("output", f"image={SAMPLES[10].stem}")
        assert "After block 11" in session.text()
        return time.monotonic()


async def leaves(address: str) -> None:
    """Somebody who does not wait for the end."""
    async with Session(address) as session:
        try:
            async with asyncio.timeout(1):
                await session.open("why", f"image={SAMPLES[11].stem}&side=112")
        except TimeoutError:
            return


async def all_at_once(address: str) -> tuple[list[tuple[float, str]], float]:
    async with asyncio.timeout(240), asyncio.TaskGroup() as together:
        left = together.create_task(leaves(address))
        answers = [together.create_task(asks(address, image)) for image in PEOPLE]
        newcomer = together.create_task(looks(address))
    assert left.done()
    return [answer.result() for answer in answers], newcomer.result()


def test_ten_people_who_ask_why_all_get_their_answer() -> None:
    with served() as app:
        answers, newcomer = asyncio.run(all_at_once(app.address))
        assert "Traceback" not in app.complaint()
    for image, (_, said) in zip(PEOPLE, answers, strict=True):
        assert "is supported best here" in said or "None of these maps beats chance" in said, image
    assert newcomer < max(when for when, _ in answers), "a first picture comes before other people's tests"
