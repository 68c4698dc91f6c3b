"""Traces that all share: one pass a picture, attention computed again where it had to go, its model loaded again."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from tests.support.models import saved_model
from tests.support.sessions import brought
from ui.server import traces
from ui.server.model_thread import model_thread, on_model_thread
from ui.server.models import MODELS, get_model
from ui.server.traces import TraceStore, get_trace


@pytest.fixture
def small(tmp_path: Path) -> str:
    return str(saved_model(tmp_path, image_size=(32, 32)))


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> TraceStore:
    """The server's store of traces, empty and with room for few."""
    monkeypatch.setattr(traces, "STORE", TraceStore(2 * 2**20))
    return traces.STORE


def test_people_with_the_same_picture_share_one_pass(small: str) -> None:
    passes = []
    get_model(small).patch_embedding.register_forward_hook(lambda *_: passes.append(1))
    with ThreadPoolExecutor(8) as people:
        seen = list(people.map(lambda _: get_trace(small, brought(1)), range(8)))
    assert len(passes) == 1
    assert len({id(trace) for trace in seen}) == 1


def test_a_served_models_passes_are_scripts(small: str) -> None:
    """Python, for whose lock a crowd queues, runs nothing of a block."""
    ran = []
    get_model(small).blocks[0].mlp.up.register_forward_hook(lambda *_: ran.append(1))
    get_trace(small, brought(100))
    assert not ran


def test_attention_that_had_to_go_comes_back_without_a_pass(
    small: str, fresh: TraceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes, looks = [], []
    model = get_model(small)
    model.patch_embedding.register_forward_hook(lambda *_: passes.append(1))
    attended = model.blocks[0].attended
    monkeypatch.setattr(model.blocks[0], "attended", lambda *at: looks.append(1) or attended(*at))
    trace = get_trace(small, brought(0))
    seen = [block.pattern.clone() for block in trace.blocks]
    assert (len(passes), len(looks)) == (1, 0)
    for number in range(1, 40):
        get_trace(small, brought(number))
        assert get_trace(small, brought(0)) is trace
    assert (len(passes), len(looks)) == (40, 0)
    for _ in range(2):
        assert all(torch.equal(block.pattern, then) for block, then in zip(trace.blocks, seen, strict=True))
        assert (len(passes), len(looks)) == (40, 1), "computed once more, then kept"
    assert fresh.traces.size + fresh.attention.size <= 2 * 2**20


def test_attention_can_be_asked_for_within_other_work(small: str) -> None:
    """All heads are looked at in one piece of work on the model thread; what had to go is computed there and then."""
    trace = get_trace(small, brought(0))
    for number in range(1, 40):
        get_trace(small, brought(number))
    sums = on_model_thread(lambda: [float(block.pattern.sum(-1).mean()) for block in trace.blocks])
    assert sums == pytest.approx([1.0] * trace.depth)


def test_what_is_still_on_a_page_is_not_traced_again(small: str, fresh: TraceStore) -> None:
    held = get_trace(small, brought(0))
    for number in range(1, 100):
        get_trace(small, brought(number))
    assert fresh.traces.size <= 2 * 2**20
    assert get_trace(small, brought(0)) is held


def test_work_that_needs_a_trace_which_another_session_has_queued(small: str) -> None:
    """Verify's report is at work on the model thread when somebody else asks for the very trace that it needs."""
    began, go = threading.Event(), threading.Event()

    def report() -> object:
        began.set()
        assert go.wait(20)
        return get_trace(small, brought(0))

    get_model(small)
    with ThreadPoolExecutor(2) as people:
        first = people.submit(on_model_thread, report)
        assert began.wait(20)
        second = people.submit(get_trace, small, brought(0))
        while not model_thread().waiting():
            time.sleep(0.01)
        go.set()
        assert first.result(60) is second.result(60)


def test_a_trace_gets_its_model_back(tmp_path: Path) -> None:
    """More models than are kept, round and round, with attention that had to go: every number stays what it was."""
    names = [str(saved_model(tmp_path / f"model {number}", image_size=(32, 32))) for number in range(MODELS + 2)]
    expected = {}
    for name in names:
        trace = get_trace(name, brought(0))
        expected[name] = [block.pattern.clone() for block in trace.blocks]

    def walk(seed: int) -> int:
        chance, looks = random.Random(seed), 0
        for _ in range(25):
            name = chance.choice(names)
            get_trace(chance.choice(names), brought(chance.randrange(1, 30)))
            trace = get_trace(name, brought(0))
            for block, then in zip(trace.blocks, expected[name], strict=True):
                assert torch.equal(block.pattern, then)
                looks += 1
        return looks

    with ThreadPoolExecutor(6) as people:
        assert sum(person.result(120) for person in [people.submit(walk, seed) for seed in range(6)]) == 6 * 25 * 3
