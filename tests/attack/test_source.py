"""What the source may not contain: ways to run what somebody brought, or to put their words into the page as HTML."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.places import ROOT

SOURCES = sorted(
    path for part in (".", "ui", "vit", "pages") for path in (ROOT / part).glob("**/*.py" if part != "." else "*.py")
)
RUNS_CODE = {"eval", "exec", "compile", "__import__", "breakpoint"}
RUNS_MODULES = {"marshal", "shelve", "dill", "joblib", "cloudpickle", "runpy"}
# Names of calls that need a second look, and the files in which each was looked at.
ALLOWED = {
    "pickle": {"vit/checkpoints/pickles.py"},  # for the name of the exception that weights_only raises
    "st.html": {
        "ui/widgets/thumbnails.py",  # every word escaped; attacked in test_words.py
    },
}


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").split(".")[0])
    return names


def option(call: ast.Call, name: str) -> object:
    found = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
    return found.value if isinstance(found, ast.Constant) else found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_brought_is_run_or_becomes_html(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    assert not imported(path) & RUNS_MODULES
    assert "pickle" not in imported(path) or name in ALLOWED["pickle"]
    for function, call in calls(path):
        assert function not in RUNS_CODE, f"{function} in line {call.lineno}"
        assert not function.startswith(("pickle.", "os.system", "os.popen", "subprocess.getoutput"))
        assert option(call, "shell") in (None, False), f"a shell in line {call.lineno}"
        assert option(call, "unsafe_allow_html") in (None, False), f"HTML in line {call.lineno}"
        assert option(call, "unsafe_allow_javascript") in (None, False), f"a script in line {call.lineno}"
        if function.endswith("torch.load"):
            assert option(call, "weights_only") is True, f"torch.load in line {call.lineno}"
        if function in ("np.load", "numpy.load"):
            assert option(call, "allow_pickle") in (None, False), f"np.load in line {call.lineno}"
        if function in ("yaml.load", "yaml.unsafe_load", "yaml.full_load"):
            raise AssertionError(f"{function} in line {call.lineno}")
        if function == "st.html":
            assert name in ALLOWED["st.html"], f"st.html in line {call.lineno}"
        assert not function.endswith(".extractall"), f"unpacks onto the disk in line {call.lineno}"


SCRIPTS = sorted((ROOT / "ui").rglob("*.js"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_makes_html_of_data(path: Path) -> None:
    """``innerHTML`` only takes what stands in the script itself."""
    text = path.read_text(encoding="utf-8")
    assert not [
        word for word in ("eval(", "new Function", "document.write", "insertAdjacentHTML", "outerHTML") if word in text
    ]
    for after in text.split(".innerHTML")[1:]:
        value = after.lstrip(" =").split(";\n", 1)[0]
        assert "data" not in value.replace("data-", ""), f"innerHTML of {path.name} is made of data: {value[:80]}"
