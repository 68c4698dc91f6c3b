"""What takes a test time, read from its code: a browser, another process, a page of the app, a training, an attack."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import cache
from types import CodeType, FunctionType, ModuleType

import pytest
from streamlit.testing.v1 import AppTest

from vit.training.process import command, launch, one_run

# Fixtures of a conftest.py that bring these along; whatever else a test, its fixtures or its helpers name.
FIXTURES = {"browser": "browser", "address": "server", "trained_once": "training", "finished": "training"}
REACHED = {subprocess: "server", launch: "server", AppTest: "page", one_run: "training", command: "training"}
OURS = ("tests.", "benchmarks.")


def kind_of(item: pytest.Item) -> set[str]:
    """The markers ``browser``, ``server``, ``page``, ``training`` and ``attack`` that a test deserves."""
    found = {"attack"} if item.path.parent.name == "attack" else set()
    found |= {FIXTURES[name] for name in item.fixturenames if name in FIXTURES}
    own = (getattr(item.module, name, None) for name in item.fixturenames)
    functions = (item.function, *(fixture.__wrapped__ for fixture in own if hasattr(fixture, "__wrapped__")))
    reached = {thing for function in functions for thing in _reached(function)}
    return found | {kind for thing, kind in REACHED.items() if thing in reached}


@cache
def _reached(function: FunctionType) -> frozenset[object]:
    """Modules and classes that a function names, or a function of tests or benchmarks that it names, and so on."""
    found, seen, waiting = set(), {function}, [function]
    while waiting:
        current = waiting.pop()
        for name in _names(current.__code__):
            thing = current.__globals__.get(name)
            thing = getattr(thing, "__wrapped__", thing)  # behind a decorator
            if isinstance(thing, ModuleType | type):
                found.add(thing)
            elif isinstance(thing, FunctionType) and thing not in seen and thing.__module__.startswith(OURS):
                seen.add(thing)
                waiting.append(thing)
    return frozenset(found)


def _names(code: CodeType) -> Iterator[str]:
    """All names in the code and in the functions inside it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
