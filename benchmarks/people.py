"""Many people at once: real WebSocket sessions against one real server, each walking all pages.

``python -m benchmarks.people [--people 1 10 30 100] [--think 3] [--moves 4] [--json FILE]`` prints a row for
every number of people. Everybody opens the app, every second one uploads a picture of their own (no two alike),
and all walk the six pages of the walk, moving a slider ``--moves`` times on each, with pauses for thinking of
``--think`` seconds in the mean (exponentially distributed, before arriving too): 30 people are 30 people, not
a loop as fast as the server. The server has stood for half a minute by then. A rerun lasts from sending the
request to the last message of the script.

``--training`` measures instead how much a training run slows one person's sliders; ``--minutes N`` lets people
come and go for N minutes and prints how memory moves. The people live in one process of their own, beside the
server, and share its cores: what is printed is what server and people together take.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import coming_and_going, report, with_training
from benchmarks.cookies import LostError
from benchmarks.measure import exponent, spread
from benchmarks.person import PAGES, Notes, Person
from benchmarks.served import Served, served

MB = 2**20
RESTED = 30  # seconds after which a server has the samples ready
FORGOTTEN = 125  # seconds after which Streamlit forgets a session whose socket is gone (its own limit is 120)


async def visit(person: Person, moves: int, everybody: asyncio.Barrier) -> None:
    """One person's stay; all stay connected until the last has finished."""
    try:
        await asyncio.sleep(person.rng.expovariate(1 / person.think) if person.think else 0)
        await person.stay(PAGES, moves)
    except (LostError, StopIteration, KeyError) as error:
        person.notes.errors.append(f"{person.name}: {error!r}")
    await everybody.wait()


async def look_in(address: str) -> None:
    """One short visit: the server is warm after it, and has dropped what it had to drop."""
    notes = Notes()
    person = Person(address, 0, notes, 0)
    await person.stay(PAGES[:1], 0)
    await person.leave()


async def crowd(server: Served, people: int, think: float, moves: int) -> dict[str, Any]:
    """The figures of ``people`` people at once."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(64))  # downloads wait in threads
    await look_in(server.address)
    await asyncio.sleep(RESTED)
    before, load = server.resident, os.getloadavg()[0]
    notes = Notes()
    persons = [Person(server.address, number, notes, think) for number in range(people)]
    everybody = asyncio.Barrier(people + 1)
    began, used = time.perf_counter(), server.seconds()
    visits = [asyncio.create_task(visit(person, moves, everybody)) for person in persons]
    await everybody.wait()
    lasted, used = time.perf_counter() - began, server.seconds() - used
    connected = server.resident
    await asyncio.gather(*visits)
    await asyncio.gather(*(person.leave() for person in persons))
    await asyncio.sleep(FORGOTTEN)
    await look_in(server.address)
    reruns = [seconds for what, each in notes.seconds.items() if what.startswith("rerun") for seconds in each]
    asked = sum(map(len, notes.seconds.values()))
    return {
        "people": people,
        "think": think,
        "lasted": lasted,
        "runs per second": asked / lasted,
        "server cores": used / lasted,
        "load before": load,
        "rerun": waited(reruns),
        "by action": {what: waited(each) for what, each in sorted(notes.seconds.items())},
        "MB before": before / MB,
        "MB connected": connected / MB,
        "MB peak": server.peak / MB,
        "MB a session": (connected - before) / people / MB,
        "MB after all left": server.resident / MB,
        "MB received a person": notes.received / people / MB,
        "MB fetched a person": notes.fetched / people / MB,
        "errors": notes.errors,
    }


def waited(seconds: list[float]) -> dict[str, float]:
    """Their spread in milliseconds."""
    return spread([1000 * each for each in seconds])


def row(found: dict[str, Any]) -> str:
    first = found["by action"].get("first page", waited([]))
    return (
        f"{found['people']:>6} {found['rerun']['median']:>7.0f} {found['rerun']['p95']:>7.0f} "
        f"{first['median']:>7.0f} {first['p95']:>7.0f} {found['runs per second']:>7.1f} {found['server cores']:>6.2f} "
        f"{found['MB a session']:>9.1f} {found['MB peak']:>7.0f} {found['MB after all left']:>6.0f} "
        f"{len(found['errors']):>6}"
    )


def growth(crowds: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The exponents with which waiting and memory grow with people, from two crowds or more."""
    steps = [
        {
            "people": one["people"],
            "rerun": one["rerun"]["median"],
            "first page": one["by action"]["first page"]["median"],
            "memory": one["MB peak"],
            "memory above an empty server's": one["MB peak"] - one["MB before"],
        }
        for one in crowds
    ]
    return {what: exponent("people", steps, what) for what in [*steps[0]][1:]}


def explained(exponents: dict[str, dict[str, Any]]) -> str:
    slopes = "\n".join(report.growth(what, "people", slope) for what, slope in exponents.items())
    return f"{slopes}\n" + (
        "Why: until the cores are busy all of the time nobody waits for anybody, and the power of waiting is 0; from\n"
        "there on each waits for all, and it is 1 and more. Models are shared and traces bounded, so memory grows by\n"
        "what a session itself keeps, and by the traces of pictures of one's own until their limit is reached."
    )


HEAD = """
                rerun, ms   first page, ms    runs   server     memory, MB                  errors
people  median  95 %    median   95 %     a second  cores  a session    peak   after"""


def machine() -> dict[str, Any]:
    """Where this was measured."""
    names = ("streamlit", "torch", "uvicorn", "websockets")
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in names},
        "load": os.getloadavg(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=[1, 10, 30, 100])
    parser.add_argument("--think", type=float, default=3.0, help="mean pause between two actions, seconds")
    parser.add_argument("--moves", type=int, default=4, help="slider moves on each page")
    parser.add_argument("--json", type=Path, help="also write everything measured to this file")
    parser.add_argument("--training", action="store_true", help="sliders beside a training run")
    parser.add_argument("--minutes", type=float, help="people coming and going, so many at a time as --people says")
    asked = parser.parse_args()
    found: dict[str, Any] = {"machine": machine()}
    if asked.training:
        found["training"] = with_training.measure()
    elif asked.minutes:
        found["coming and going"] = [coming_and_going.measure(n, asked.minutes, asked.think) for n in asked.people]
    else:
        print(f"think time {asked.think} s in the mean, {os.cpu_count()} cores shared by server and people{HEAD}")
        found["crowds"] = []
        for people in asked.people:
            with served() as server:
                crowds = asyncio.run(crowd(server, people, asked.think, asked.moves))
                complaint = server.complaint() if crowds["errors"] else ""
            found["crowds"].append(crowds)
            print(row(crowds), flush=True)
            for error in crowds["errors"][:5]:
                print("       ", error)
            print(complaint, end="")
        if len(asked.people) > 1:
            found["growth"] = growth(found["crowds"])
            print(explained(found["growth"]))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
