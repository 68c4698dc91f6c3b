"""People coming and going for a long time: does the server's memory stay level?"""

from __future__ import annotations

import asyncio
import statistics
import time

from benchmarks.cookies import LostError
from benchmarks.person import PAGES, Notes, Person
from benchmarks.served import Served, served

MB = 2**20


def measure(people: int, minutes: float, think: float) -> dict[str, object]:
    """``people`` at a time, each leaving after its walk and followed by another with another picture."""
    with served() as server:
        return asyncio.run(come_and_go(server, people, 60 * minutes, think))


async def come_and_go(server: Served, people: int, seconds: float, think: float, moves: int = 1) -> dict[str, object]:
    """Memory by the number of people who have left, its slope over the second half, and what went wrong."""
    notes, samples, numbers = Notes(), [], iter(range(10**9))
    began = time.monotonic()

    async def place() -> None:
        """One place in the room: somebody sits there, then somebody else."""
        while time.monotonic() - began < seconds:
            person = Person(server.address, next(numbers), notes, think)
            try:
                await person.stay(PAGES, moves)
                await person.leave()
            except (LostError, StopIteration, KeyError) as error:
                notes.errors.append(f"{person.name}: {error!r}")
            samples.append((time.monotonic() - began, server.resident / MB))

    await asyncio.gather(*(place() for _ in range(people)))
    quarter, half = samples[len(samples) // 4 : len(samples) // 2], samples[len(samples) // 2 :]
    slope = statistics.linear_regression(range(len(half)), [mb for _, mb in half]).slope if len(half) > 2 else 0.0
    first, second = (statistics.median(mb for _, mb in part) for part in (quarter, half))
    print(
        f"{len(samples)} people in {samples[-1][0]:.0f} s, {people} at a time: memory in the second quarter "
        f"{first:.0f} MB, in the second half {second:.0f} MB, slope there {1024 * slope:.0f} KB a person; "
        f"peak {server.peak / MB:.0f} MB; {len(notes.errors)} errors {notes.errors[:3]}"
    )
    return {
        "people at a time": people,
        "people": len(samples),
        "MB second quarter": first,
        "MB second half": second,
        "KB a person, second half": 1024 * slope,
        "samples": samples,
        "errors": notes.errors,
    }
