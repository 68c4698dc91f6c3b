"""The house plan, kept: who may import whom, and what may not be imported at all."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

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


@pytest.mark.parametrize("page", sorted((ROOT / "pages").glob("*.py")), ids=lambda page: page.stem)
def test_the_first_words_of_a_page_do_not_wait_for_torch(page: Path) -> None:
    """All that stands above ``page.open_page``, which draws them, is imported without torch."""
    above = page.read_text().partition("scene = page.open_page")[0]
    assert above != page.read_text(), "every page opens with page.open_page"
    code = f"{above}\nimport sys\nassert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_files_stay_readable() -> None:
    long = {str(p.relative_to(ROOT)): n for p in FILES if (n := len(p.read_text().splitlines())) > 220}
    assert not long, f"one concept a file: {long}"
