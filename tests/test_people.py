"""Several people at once at a real server: nobody gets another's picture, nothing breaks, memory does not creep."""

from __future__ import annotations

import asyncio
import statistics

import pytest

from benchmarks.coming_and_going import come_and_go
from benchmarks.people import visit
from benchmarks.person import PAGES, Notes, Person
from benchmarks.served import served
from benchmarks.session import LostError

pytestmark = [pytest.mark.slow, pytest.mark.whole_machine]
PEOPLE = 6


async def _class(address: str, notes: Notes) -> None:
    persons = [Person(address, number, notes, think=0.3) for number in range(PEOPLE)]
    everybody = asyncio.Barrier(PEOPLE)
    await asyncio.gather(*(visit(person, 1, everybody) for person in persons))
    for person in persons:
        await person.leave()


def test_a_class_walks_all_pages_and_nobody_sees_anothers_picture() -> None:
    notes = Notes()
    with served() as server:
        asyncio.run(_class(server.address, notes))
    assert notes.errors == []
    reruns = sum(len(each) for what, each in notes.seconds.items() if what.startswith("rerun"))
    assert reruns == PEOPLE * len(PAGES)
    # Each page showed every one of the three own pictures, and each sample, under a mark of its own.
    for page in PAGES:
        names = notes.shown[page]
        assert {"own1.jpg", "own3.jpg", "own5.jpg"} <= set(names)
        assert len(set(names.values())) == len(names)


def test_a_mix_up_would_be_noticed() -> None:
    notes = Notes()
    notes.show("patches", "own1.jpg", "a")
    notes.show("patches", "own3.jpg", "b")
    with pytest.raises(LostError, match="another"):
        notes.show("patches", "own5.jpg", "a")
    with pytest.raises(LostError, match="two different"):
        notes.show("patches", "own1.jpg", "b")


def test_memory_stays_level_while_people_come_and_go() -> None:
    """The traces' limit is low, so that it is reached early, and Streamlit keeps the session of who has left, with its
    uploaded file, for seconds instead of two minutes; from then on a visitor must leave nothing behind."""
    with served({"VIT_EXPLAINER_TRACE_MB": "250", "STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": "5"}) as server:
        found = asyncio.run(come_and_go(server, people=4, seconds=80, think=0, moves=1))
    assert found["errors"] == []
    samples = [mb for _, mb in found["samples"]]
    assert len(samples) >= 8
    middle, end = samples[len(samples) // 2], statistics.median(samples[-len(samples) // 4 :])
    assert end < 1.1 * middle + 50, samples  # MB
