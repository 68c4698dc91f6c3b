"""However many pictures come, memory stays within its limits: no cache without a bound, none that goes over it."""

from __future__ import annotations

import ast
import gc
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.conftest import ROOT, SMALL, random_model
from ui.parts.attention.explorer import store
from ui.server import traces as cache
from ui.server.model_thread import _model_thread, on_model_thread
from ui.session.choices import Picture
from vit import Trace
from vit.checkpoints.loading import save_pretrained
from vit.model.trace import Attended

PICTURES = 500
# What is there once a process, whatever comes: (file, function).
ONCE = {
    ("ui/server/model_thread.py", "_model_thread"), ("ui/server/traces.py", "_tracer"),
    ("ui/server/traces.py", "_replay"),
    ("ui/server/garbage.py", "_wanted"),
}  # fmt: skip


def cached_functions() -> Iterator[tuple[str, ast.FunctionDef, str, set[str]]]:
    """Every function of the app with a cache around it: file, function, decorator, the bounds it names."""
    for path in sorted([*(ROOT / "ui").rglob("*.py"), *(ROOT / "pages").glob("*.py"), *(ROOT / "vit").rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for decorator in map(ast.unparse, node.decorator_list):
                    if "cache" in decorator and not decorator.startswith(("cached_property", "cachetools")):
                        call = ast.parse(decorator, mode="eval").body
                        keywords = call.keywords if isinstance(call, ast.Call) else []
                        yield path.relative_to(ROOT).as_posix(), node, decorator, {word.arg for word in keywords}


def test_every_cache_has_a_bound() -> None:
    """Entries, bytes or time; a function without arguments has one result, and two of the app one for all time."""
    found = list(cached_functions())
    assert {"get_model", "level_scores", "edited", "every_head"} <= {node.name for _, node, _, _ in found}
    unbounded = [
        f"{file}: {node.name}"
        for file, node, _, bounds in found
        if not bounds & {"max_entries", "max_size", "ttl", "maxsize"} and node.args.args
    ]
    assert unbounded == []
    whole_process = {
        (file, node.name) for file, node, _, bounds in found if not bounds - {"show_spinner"} and "resource" in _
    }
    assert whole_process == ONCE


@pytest.fixture
def small(tmp_path: Path) -> str:
    """A small model in a folder; its traces are a few hundred kilobytes."""
    save_pretrained(random_model(replace(SMALL["cls"], image_size=(32, 32))), tmp_path / "small")
    return str(tmp_path / "small")


@pytest.fixture
def fresh_traces(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The cache of traces, empty and with room for few; yields its limit in bytes."""
    monkeypatch.setattr(cache, "TRACE_BYTES", 2 * 2**20)
    cache._tracer.clear()
    cache._replay.clear()
    yield cache.TRACE_BYTES
    cache._tracer.clear()


def picture(number: int) -> Picture:
    pixels = np.random.default_rng(number).integers(0, 256, (32, 32, 3), np.uint8)
    return Picture(f"{number:032x}", f"{number}.png", Image.fromarray(pixels))


def traces_alive() -> int:
    """Bytes of all traces and their attention there are in this process, in the cache or anywhere else."""
    gc.collect()
    return sum(thing.nbytes for thing in gc.get_objects() if type(thing) in (Trace, Attended))


@pytest.mark.slow
def test_five_hundred_pictures_stay_within_the_limit(small: str, fresh_traces: int) -> None:
    before = traces_alive()
    largest = 0
    for number in range(PICTURES):
        size = cache.get_trace(small, picture(number)).nbytes
        largest = max(largest, cache._tracer().cache.currsize)
    assert largest <= fresh_traces
    assert traces_alive() - before <= fresh_traces
    assert size * PICTURES > 5 * fresh_traces, "the limit was put to the test"


def test_people_with_the_same_picture_share_one_pass(small: str, fresh_traces: int) -> None:
    passes = []
    cache.get_model(small).patch_embedding.register_forward_hook(lambda *_: passes.append(1))
    with ThreadPoolExecutor(8) as people:
        traces = list(people.map(lambda _: cache.get_trace(small, picture(1)), range(8)))
    assert len(passes) == 1
    assert len({id(trace) for trace in traces}) == 1


def test_a_crowds_passes_are_replayed_and_alone_nothing_is(small: str, fresh_traces: int) -> None:
    model, ran, go = cache.get_model(small), [], threading.Event()
    hook = model.blocks[0].register_forward_hook(lambda *_: ran.append(1))
    alone = cache.get_trace(small, picture(100)), cache.get_trace(small, picture(101))
    assert len(ran) == len(alone)
    with ThreadPoolExecutor(9) as people:
        people.submit(on_model_thread, go.wait)
        asked = [people.submit(cache.get_trace, small, picture(number)) for number in range(8)]
        until = time.monotonic() + 30
        while _model_thread()._queue.qsize() < len(asked) and time.monotonic() < until:
            time.sleep(0.01)
        go.set()
        traces = [each.result(timeout=60) for each in asked]
    assert len(ran) == len(alone)
    hook.remove()
    for trace in traces:
        blocks = model.through(trace.tokens, None)
        for block, same in zip(blocks, trace.blocks, strict=True):
            assert torch.equal(block.resid_post, same.resid_post)
            assert torch.equal(block.pattern, same.pattern)


def test_attention_that_had_to_go_comes_back_without_a_pass(small: str, fresh_traces: int) -> None:
    passes, looks = [], []
    model = cache.get_model(small)
    model.patch_embedding.register_forward_hook(lambda *_: passes.append(1))
    model.blocks[0].attention.register_forward_hook(lambda *_: looks.append(1))
    before = traces_alive()
    trace = cache.get_trace(small, picture(0))
    seen = [block.pattern.clone() for block in trace.blocks]
    assert (len(passes), len(looks)) == (1, 1)
    for number in range(1, 40):
        cache.get_trace(small, picture(number))
        assert cache.get_trace(small, picture(0)) is trace
    assert (len(passes), len(looks)) == (40, 40)
    for _ in range(2):
        assert all(torch.equal(block.pattern, then) for block, then in zip(trace.blocks, seen, strict=True))
        assert (len(passes), len(looks)) == (40, 41), "computed once more, then kept"
    assert traces_alive() - before <= fresh_traces


def test_attention_can_be_asked_for_within_other_work(small: str, fresh_traces: int) -> None:
    """All heads are looked at in one piece of work on the model thread; what had to go is computed there and then."""
    trace = cache.get_trace(small, picture(0))
    for number in range(1, 40):
        cache.get_trace(small, picture(number))
    sums = on_model_thread(lambda: [float(block.pattern.sum(-1).mean()) for block in trace.blocks])
    assert sums == pytest.approx([1.0] * trace.depth)


def test_what_is_still_on_a_page_is_not_traced_again(small: str, fresh_traces: int) -> None:
    looked_at = cache.get_trace(small, picture(0))
    for number in range(1, 100):
        cache.get_trace(small, picture(number))
    assert (small, picture(0).key, None) not in cache._tracer().cache
    assert cache.get_trace(small, picture(0)) is looked_at


@pytest.mark.parametrize("page", ["overview", "patches", "patch_embedding", "position", "attention", "output"])
def test_a_page_leaves_no_trace_in_the_session(page: str) -> None:
    """What a session keeps between runs (callbacks, fragments, downloads) must not hold 12 MB a person."""
    cache._tracer.clear()
    before = traces_alive()
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run().switch_page(f"pages/{page}.py").run()
    assert not at.exception
    assert traces_alive() > before, "the page has traced its picture"
    cache._tracer.clear()
    assert traces_alive() == before
    assert at.title  # the session is still there


def test_files_for_browsers_stay_within_their_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "FOLDER", tmp_path)
    monkeypatch.setattr(store, "LIMIT", 100_000)
    largest = 0
    for number in range(PICTURES):
        store.share(f"{number:04}", lambda: os.urandom(10_000))
        largest = max(largest, sum(path.stat().st_size for path in tmp_path.iterdir()))
    assert largest <= store.LIMIT
    assert (tmp_path / f"{PICTURES - 1:04}{store.SUFFIX}").exists()
