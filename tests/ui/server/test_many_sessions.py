"""Every function through which a page reaches the model thread, asked by many sessions in random order: nobody hangs.

A function decorated with ``model_result`` or ``shared_result`` is found by itself; one with an argument that is not
known here fails until ``ARGUMENTS`` says what to give it.
"""

from __future__ import annotations

import faulthandler
import importlib
import pkgutil
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import ui
from tests.support.models import saved_model
from tests.support.sessions import brought
from ui.server import traces
from ui.server.model_thread import model_thread, on_model_thread
from ui.server.models import MODELS, get_model
from ui.server.results import level_scores
from ui.server.shared import SHARED, SharedFunction
from ui.server.traces import TraceStore, get_trace
from ui.session.choices import SAMPLES
from ui.session.scene import Scene
from vit.analysis.evidence.target import of_class
from vit.checkpoints.taught_head import TaughtHead
from vit.experiments.what_if import ORDERS
from vit.training.learn.look import look

SESSIONS, MOVES, SECONDS = 8, 20, 120.0
# They load transformers' models, which these small ones have none of; asked through pages in other tests.
NEED_TRANSFORMERS = {"_reference", "_report", "text_half", "_fits", "text_vectors", "_file_pixels"}

for module in pkgutil.walk_packages(ui.__path__, "ui."):
    importlib.import_module(module.name)


class Person:
    """Somebody with a picture and a model, who asks for whatever there is."""

    def __init__(self, names: list[str], chance: random.Random) -> None:
        self.name, self.picture = chance.choice(names), brought(chance.randrange(12))
        self.model = get_model(self.name)
        self.trace = get_trace(self.name, self.picture)
        self.scene = Scene(self.picture, self.name, None, self.model, self.trace.layout)
        self.chance, self.images = chance, np.zeros((2, 3, 32, 32), np.uint8)

    def argument(self, function: str, name: str) -> Any:
        """What to give a function for its argument of this name."""
        if function in ("_loaded", "_with_head") and name == "name":
            return self.name
        if (function, name) == ("_vectors", "place"):
            return 0
        return ARGUMENTS[name](self)

    def ask(self, function: SharedFunction[..., Any]) -> None:
        names = list(signature(function.function).parameters)
        function(**{name: self.argument(function.__name__, name) for name in names})


def head_on(person: Person) -> TaughtHead:
    """A head for two classes on the person's model."""
    width = person.model.config.width
    return TaughtHead(person.name, 1, "mean", ("a", "b"), torch.zeros(2, width), torch.zeros(2))


ARGUMENTS: dict[str, Callable[[Person], Any]] = {
    "key": lambda person: person.scene.key,
    "_key": lambda person: person.scene.key,
    "name": lambda person: person.picture.key,
    "model_name": lambda person: person.name,
    "folder": lambda person: person.name,
    "stamp": lambda person: 1,
    "pictures": lambda person: "two",
    "side": lambda person: person.chance.choice([16, 32]),
    "level": lambda person: person.chance.randrange(3),
    "columns": lambda person: person.chance.choice([4, 8]),
    "count": lambda person: 4,
    "mirrored": lambda person: person.chance.random() < 0.5,
    "layout": lambda person: person.trace.layout,
    "place": lambda person: (0, 1),
    "sample": lambda person: person.chance.choice(list(SAMPLES)),
    "hidden": lambda person: tuple(sorted({person.chance.randrange(8) for _ in range(3)})),
    "off": lambda person: ((0, person.chance.randrange(2)),),
    "which": lambda person: person.chance.choice(ORDERS),
    "_ranked": lambda person: np.arange(person.trace.layout.n_patches),
    "shares": lambda person: (0.0, 0.5),
    "layer": lambda person: person.chance.randrange(2),
    "token": lambda person: person.chance.randrange(3),
    "neuron": lambda person: person.chance.randrange(8),
    "asker": lambda person: 0,
    "patch": lambda person: 1,
    "head": lambda person: person.chance.randrange(2),
    "step": lambda person: person.chance.randrange(16),
    "order": lambda person: "any",
    "question": lambda person: ("class", "0"),
    "_target": lambda person: of_class(person.model, 0, "cat"),
    "_vector": lambda person: person.trace.pooled[0],
    "_projection": lambda person: None,
    "_trace": lambda person: person.trace,
    "_model": lambda person: person.model,
    "backbone": lambda person: person.name,
    "_head": lambda person: head_on(person),
    "_scene": lambda person: person.scene,
    "_scores": lambda person: level_scores(person.scene.key, person.trace)[0],
    "_images": lambda person: person.images,
    "_seen": lambda person: [(0, look(person.model, person.images))],
}


@pytest.fixture
def names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two models more than the server keeps, and a store with room for few traces."""
    monkeypatch.setattr(traces, "STORE", TraceStore(2 * 2**20))
    return [str(saved_model(tmp_path / f"model {number}", image_size=(32, 32))) for number in range(MODELS + 2)]


@pytest.mark.parametrize("seed", range(2))
def test_nobody_waits_for_ever(names: list[str], seed: int) -> None:
    functions = [function for function in SHARED if function.__name__ not in NEED_TRANSFORMERS]
    assert len(functions) > 15
    faulthandler.dump_traceback_later(SECONDS, exit=False)  # shows who waits for whom
    try:
        with ThreadPoolExecutor(SESSIONS) as sessions:
            done, late = wait([sessions.submit(_session, names, functions, seed, n) for n in range(SESSIONS)], SECONDS)
            assert not late, f"{len(late)} of {SESSIONS} sessions wait for ever"
            for session in done:
                session.result()
    finally:
        faulthandler.cancel_dump_traceback_later()
    assert on_model_thread(lambda: 7) == 7
    assert model_thread().waiting() == 0


def _session(names: list[str], functions: list[SharedFunction[..., Any]], seed: int, number: int) -> None:
    chance = random.Random(f"{seed} {number}")
    for _ in range(MOVES):
        person = Person(names, chance)
        function = chance.choice(functions)
        if chance.random() < 0.3:  # the same within other work on the model thread, as Verify's report is
            on_model_thread(lambda person=person, function=function: person.ask(function))
        else:
            person.ask(function)
        for block in get_trace(person.name, person.picture).blocks:
            assert block.pattern.shape[-1] == person.trace.layout.n_tokens
