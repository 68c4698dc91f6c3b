"""However many pictures come, memory stays within its limits: no cache without a bound, none that goes over it."""

from __future__ import annotations

import ast
import gc
import os
from collections.abc import Iterator
from pathlib import Path
from weakref import ref

import pytest

from tests.support.models import saved_model
from tests.support.places import ROOT
from tests.support.sessions import brought, opened
from ui.server import shared_files, traces
from ui.server.traces import TraceStore, get_trace
from ui.session.choices import DEFAULT_MODEL, sample_picture

PICTURES = 500
BOUNDS = {"max_entries", "max_bytes", "max_size", "ttl", "maxsize"}
SHARED = ("model_result", "shared_result")
# The functions through which a thread comes to wait for the model thread.
MODEL_THREAD = {"on_model_thread", "wait_for", "get_model", "get_trace", "attention_of", "trace"}


def functions() -> Iterator[tuple[str, ast.FunctionDef, list[ast.expr]]]:
    """Every function of the app: its file, itself, its decorators."""
    for path in sorted([*(ROOT / "ui").rglob("*.py"), *(ROOT / "pages").glob("*.py"), *(ROOT / "vit").rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield path.relative_to(ROOT).as_posix(), node, node.decorator_list


def names_in(node: ast.AST) -> set[str]:
    """Names and attributes that stand in the code of a function."""
    found = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return found | {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}


def test_every_cache_has_a_bound() -> None:
    """Entries, bytes or time. A function without arguments has one result."""
    unbounded, seen = [], set()
    for file, node, decorators in functions():
        for decorator in decorators:
            name = ast.unparse(decorator)
            if ("cache" in name and not name.startswith("cached_property")) or any(way in name for way in SHARED):
                seen.add(node.name)
                bounds = {word.arg for word in decorator.keywords} if isinstance(decorator, ast.Call) else set()
                if not bounds & BOUNDS and node.args.args:
                    unbounded.append(f"{file}: {node.name}")
    assert {"_loaded", "level_scores", "measured_heads", "_report"} <= seen
    assert unbounded == []


def test_streamlits_caches_never_reach_the_model_thread() -> None:
    """One session would hold their locks while it waits, and others wait for it, unseen."""
    everything = list(functions())
    reach = MODEL_THREAD | {
        node.name
        for _, node, decorators in everything
        if any(way in ast.unparse(d) for way in SHARED for d in decorators)
    }
    cached = {
        f"{file}: {node.name}": sorted(names_in(node) & reach)
        for file, node, decorators in everything
        if any("st.cache_" in ast.unparse(decorator) for decorator in decorators)
    }
    assert cached, "there are such functions"
    assert {name: found for name, found in cached.items() if found} == {}


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> TraceStore:
    """The server's store of traces, empty and with room for few."""
    monkeypatch.setattr(traces, "STORE", TraceStore(2 * 2**20))
    return traces.STORE


@pytest.mark.slow
def test_five_hundred_pictures_stay_within_the_limit(tmp_path: Path, fresh: TraceStore) -> None:
    small, made = str(saved_model(tmp_path, image_size=(32, 32))), []
    largest = size = 0
    for number in range(PICTURES):
        trace = get_trace(small, brought(number))
        size = trace.nbytes + sum(block.attended.nbytes for block in trace.blocks)
        made.append(ref(trace))
        del trace
        largest = max(largest, fresh.traces.size + fresh.attention.size)
    gc.collect()
    assert largest <= 2 * 2**20
    assert sum(trace.nbytes for each in made if (trace := each())) <= 2 * 2**20
    assert size * PICTURES > 5 * 2 * 2**20, "the limit was put to the test"


@pytest.mark.parametrize("page", ["overview", "patches", "patch_embedding", "position", "attention", "output"])
def test_a_page_leaves_no_trace_in_the_session(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a session keeps between runs (callbacks, fragments, downloads) must not hold 12 MB a person."""
    monkeypatch.setattr(traces, "STORE", TraceStore())
    at = opened(page)
    cat = sample_picture("cat")
    assert (DEFAULT_MODEL, cat.key, None) in traces.STORE.traces, "the page has traced its picture"
    trace = get_trace(DEFAULT_MODEL, cat)
    held = [ref(trace), *(ref(block.attended) for block in trace.blocks)]
    del trace
    traces.STORE.clear()
    gc.collect()
    assert not [each for each in held if each()]
    assert at.title  # the session is still there


def test_files_for_browsers_stay_within_their_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_files, "FOLDER", tmp_path)
    monkeypatch.setattr(shared_files, "LIMIT", 100_000)
    largest = 0
    for number in range(PICTURES):
        shared_files.share(f"{number:04}", lambda: os.urandom(10_000))
        largest = max(largest, sum(path.stat().st_size for path in tmp_path.iterdir()))
    assert largest <= shared_files.LIMIT
    assert (tmp_path / f"{PICTURES - 1:04}{shared_files.SUFFIX}").exists()
