"""What takes a test time, read from its code: a browser, another process, another library's models, a page of the app,
a training, an attack."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import cache
from types import CodeType, FunctionType, ModuleType

import pytest
from streamlit.testing.v1 import AppTest

from vit.training.process import command, launch, one_run

# Fixtures of a conftest.py that bring these along; whatever else a test, its fixtures or its helpers name.
FIXTURES = {
    "browser": "browser",
    "address": "server",
    "hub": "server",
    "trained_once": "training",
    "finished": "training",
    "original": "library",
}
REACHED = {subprocess: "server", launch: "server", AppTest: "page", one_run: "training", command: "training"}
OURS = ("tests.", "benchmarks.")
# Each takes seconds to import.
LIBRARIES = {"transformers", "timm", "peft", "open_clip", "torchvision", "sklearn", "vit.reference", "vit.verify"}


def kind_of(item: pytest.Item) -> set[str]:
    """The markers ``browser``, ``server``, ``library``, ``page``, ``training`` and ``attack`` that a test deserves."""
    found = {"attack"} if item.path.parent.name == "attack" else set()
    found |= {FIXTURES[name] for name in item.fixturenames if name in FIXTURES}
    own = (getattr(item.module, name, None) for name in item.fixturenames)
    functions = (item.function, *(fixture.__wrapped__ for fixture in own if hasattr(fixture, "__wrapped__")))
    reached = {thing for function in functions for thing in _reached(function)}
    found |= {"library"} if any(map(_of_a_library, reached)) else set()
    return found | {kind for thing, kind in REACHED.items() if thing in reached}


def _of_a_library(thing: object) -> bool:
    """Whether what a test names, or imports by this name, is another library's or runs its models."""
    name = thing if isinstance(thing, str) else getattr(thing, "__module__", None) or getattr(thing, "__name__", "")
    return any(f"{name}.".startswith(f"{library}.") for library in LIBRARIES)


@cache
def _reached(function: FunctionType) -> frozenset[object]:
    """Modules, classes and functions that a function names, classes of objects too, and the libraries that it imports;
    and so on for what it names of tests and benchmarks, methods too."""
    found, seen, waiting = set(), {function}, [function]
    while waiting:
        current = waiting.pop()
        for name in _names(current.__code__):
            thing = _told_apart(current.__globals__.get(name))
            if thing is not None:
                found.add(thing)
            elif _of_a_library(name):  # imported inside
                found.add(name)
            ours = getattr(thing, "__module__", None) or ""
            inside = vars(thing).values() if isinstance(thing, type) else (thing,)
            if ours.startswith(OURS):
                new = {each for each in inside if isinstance(each, FunctionType)} - seen
                seen |= new
                waiting += new
    return frozenset(found)


def _told_apart(thing: object) -> ModuleType | type | FunctionType | None:
    """A module, class or function; of an object of ours, or of a table of such, its class."""
    if isinstance(thing, dict) and thing:
        thing = next(iter(thing.values()))
    thing = getattr(thing, "__wrapped__", thing)  # behind a decorator
    if isinstance(thing, ModuleType | type | FunctionType):
        return thing
    return type(thing) if type(thing).__module__.startswith(OURS) else None


def _names(code: CodeType) -> Iterator[str]:
    """All names in the code and in the functions inside it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
