"""A few pages at a time; who waits for something else lets others go on, and nobody waits for ever."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ui.turns import Turns

LONG = 60.0  # seconds: nothing in here waits that long


@pytest.fixture
def turns() -> Turns:
    return Turns(at_once=2, patience=LONG)


def test_no_more_than_so_many_at_once(turns: Turns) -> None:
    there, most, lock = 0, 0, threading.Lock()
    together = threading.Barrier(2)  # passes only if two are there at the same time

    def page(_: int) -> None:
        nonlocal there, most
        with turns.taken():
            with lock:
                there += 1
                most = max(most, there)
            together.wait(LONG)
            with lock:
                there -= 1

    with ThreadPoolExecutor(20) as people:
        list(people.map(page, range(20)))
    assert most == 2


def test_who_waits_lets_others_compute_and_goes_on_at_once(turns: Turns) -> None:
    """Two wait inside their turns for what a third does in its own, which ends only together with them."""
    done, ended = threading.Event(), threading.Barrier(3)

    def waits() -> bool:
        with turns.taken():
            with turns.lent(), turns.lent():
                answered = done.wait(LONG)
            ended.wait(LONG)  # all three at once, though there are only two turns
            return answered

    def works() -> bool:
        with turns.taken():
            done.set()
            ended.wait(LONG)
            return True

    with ThreadPoolExecutor(3) as people:
        assert all(one.result(LONG) for one in [people.submit(waits), people.submit(waits), people.submit(works)])
    with turns.taken(), pytest.raises(RuntimeError), turns.lent():
        raise RuntimeError
    assert turns._free == 2, "every turn was given back"


def test_a_page_that_fails_gives_its_turn_back(turns: Turns) -> None:
    for _ in range(5):
        with pytest.raises(ValueError, match="page"), turns.taken():
            raise ValueError("page")
    assert turns._free == 2


def test_a_page_that_hangs_does_not_stop_the_others() -> None:
    turns, over = Turns(at_once=1, patience=0.2), threading.Event()

    def hangs() -> None:
        with turns.taken():
            over.wait(LONG)

    with ThreadPoolExecutor(1) as people:
        people.submit(hangs)
        while turns._free:
            pass
        with turns.taken():
            assert not over.is_set()
        over.set()


def test_lending_without_a_turn_changes_nothing(turns: Turns) -> None:
    with turns.lent():
        pass
    assert turns._free == 2
