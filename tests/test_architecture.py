"""The house plan, kept: who may import whom, and what may not be imported at all."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.places import ROOT

FILES = [path for folder in ("vit", "ui", "pages", "benchmarks") for path in sorted((ROOT / folder).rglob("*.py"))]


def imports(path: Path, top_level_only: bool = False) -> set[str]:
    """The modules a file imports, in full; ``if TYPE_CHECKING`` blocks do not run and do not count."""
    found: set[str] = set()

    def visit(nodes: list[ast.stmt]) -> None:
        for node in nodes:
            if isinstance(node, ast.Import):
                found.update(name.name for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                found.update(f"{node.module}.{name.name}" for name in node.names)
            elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                continue
            elif not (top_level_only and isinstance(node, ast.FunctionDef)):
                for block in ("body", "orelse", "finalbody", "handlers"):
                    visit(getattr(node, block, []))

    visit(ast.parse(path.read_text()).body)
    return found


def uses(path: Path, module: str, **kw: bool) -> bool:
    return any(name == module or name.startswith(f"{module}.") for name in imports(path, **kw))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_direction_of_imports(path: Path) -> None:
    part = path.relative_to(ROOT).parts
    assert not uses(path, "pages"), "nothing knows the pages"
    if part[0] == "vit":
        assert not uses(path, "streamlit"), "the library knows no interface"
        assert not uses(path, "ui"), "the library knows no interface"
    if part[:2] == ("vit", "figures"):
        assert not uses(path, "torch"), "figures take arrays"
        assert not uses(path, "vit.model.vit"), "figures take arrays"
        assert not uses(path, "vit.model.trace"), "figures take arrays"
    if part[0] in ("vit", "ui", "pages"):
        assert not uses(path, "transformers", top_level_only=True), "transformers costs seconds: inside functions only"
    if path.stem in ("config", "trace", "layers", "positions", "preprocess", "open") and part[0] == "vit":
        assert not uses(path, "vit.model.vit"), "parts do not know the whole"
        assert not uses(path, "vit.checkpoints.loading"), "parts do not know the whole"


# Opens every page named on a machine without torch: stops at one that does not show its title and first words there.
WITHOUT_TORCH = """
import sys
from streamlit.testing.v1 import AppTest
from ui.shell import page
from ui.shell.glossary import explained

class Absent:
    def find_spec(name, *_):
        if name == "torch":
            asked_for.append(name)
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent)
show, words = page.show_page, []
page.show_page = lambda name, text, *parts, **more: words.append(text) or show(name, text, *parts, **more)
for file in sys.argv[1:]:
    asked_for = []
    at = AppTest.from_file(file, default_timeout=60).run()
    first = explained(words[-1])
    assert at.title and first in [text.value for text in at.markdown], f"{file}: no words without torch"
    assert asked_for and at.exception, f"{file}: needs no torch"
    words.clear()
"""


def test_the_first_words_of_a_page_do_not_wait_for_torch() -> None:
    """Title and words stand before anything imports torch, by a page's file or by what that imports at its top."""
    pages = sorted(map(str, (ROOT / "pages").glob("*.py")))
    command = [sys.executable, "-c", WITHOUT_TORCH, *pages]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_pages_read_top_to_bottom() -> None:
    """Words, then a function, then the call that shows both; short, and without a word to the linter."""
    for page in (ROOT / "pages").glob("*.py"):
        text = page.read_text()
        assert len(text.splitlines()) <= 100, page.name
        assert "noqa" not in text, page.name
        assert text.splitlines()[-1].startswith(f'show_page("{page.stem}", WORDS, {page.stem}'), page.name


def test_files_stay_readable() -> None:
    long = {str(p.relative_to(ROOT)): n for p in FILES if (n := len(p.read_text().splitlines())) > 220}
    assert not long, f"one concept a file: {long}"
