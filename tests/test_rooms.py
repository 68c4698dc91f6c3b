"""The rooms of the house: who may know whom. A room knows those that stand before it, never those that follow."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.places import ROOT

LIBRARY = (
    "vit.errors", "vit.environment", "vit.paths", "vit.devices", "vit.whole_files", "vit.pictures", "vit.model",
    "vit.serving", "vit.checkpoints.stored", "vit.checkpoints.pickles", "vit.checkpoints.files", "vit.families",
    "vit.checkpoints", "vit.analysis", "vit.analysis.evidence", "vit.reference", "vit.experiments", "vit.figures",
    "vit.data", "vit.teaching", "vit.training.limits", "vit.training.settings", "vit.training.shapes",
    "vit.training.run.files", "vit.training.config_file", "vit.training.run", "vit.training.sweep",
    "vit.training.learn", "vit.training.process", "vit.training",
)  # fmt: skip
DOORS = ("vit.average", "vit.inspect", "vit.predict", "vit.teach", "vit.train", "vit.verify", "vit.__main__", "vit")
INTERFACE = ("ui", "ui.widgets", "ui.server", "ui.session", "ui.shell", "ui.parts")
ROOMS = (*LIBRARY, *DOORS, *INTERFACE, "pages")


def modules() -> dict[str, Path]:
    """Every module of the library and the interface, by its full name."""
    files = [path for folder in ("vit", "ui", "pages") for path in sorted((ROOT / folder).rglob("*.py"))]
    return {
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__"): path
        for path in files
    }


MODULES = modules()


def imported(path: Path) -> Iterator[str]:
    """The modules of this project that a file imports when it runs, wherever the import stands."""

    def visit(nodes: list[ast.stmt]) -> Iterator[str]:
        for node in nodes:
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                continue
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    full = f"{node.module}.{alias.name}"
                    yield full if full in MODULES else node.module
            elif isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            for block in ("body", "orelse", "finalbody", "handlers"):
                yield from visit(getattr(node, block, []))

    yield from (name for name in visit(ast.parse(path.read_text(encoding="utf-8")).body) if name in MODULES)


def room(module: str) -> str:
    """The room a module lies in: the longest name in ``ROOMS`` that it begins with."""
    found = [name for name in ROOMS if module == name or module.startswith(f"{name}.")]
    assert found, f"{module} lies in no room of tests/test_rooms.py"
    return max(found, key=len)


@pytest.mark.parametrize("module", MODULES)
def test_a_room_knows_only_those_before_it(module: str) -> None:
    own = ROOMS.index(room(module))
    beyond = sorted(name for name in imported(MODULES[module]) if ROOMS.index(room(name)) > own and name != "vit")
    assert not beyond, f"{room(module)} may not know {', '.join(beyond)}"


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("ui.parts.")])
def test_the_parts_of_a_page_know_no_other_page(module: str) -> None:
    page = module.split(".")[2]
    others = sorted(n for n in imported(MODULES[module]) if n.startswith("ui.parts.") and n.split(".")[2] != page)
    assert not others


def test_no_circle_of_imports() -> None:
    graph = {module: set(imported(path)) - {module} for module, path in MODULES.items()}
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " → ".join([*way[way.index(module) :], module])
        if module not in done:
            for other in graph[module]:
                visit(other, (*way, module))
            done.add(module)

    for module in graph:
        visit(module, ())
