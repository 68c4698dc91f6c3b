"""Private names of libraries: where they are used, whether they are still there, and what is lost without them.

A library may change them in any version. Each is used in one file only; the list stands in CONTRIBUTING too.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from tests.support.places import ROOT

OURS = {"vit", "ui", "pages", "benchmarks", "tests", "app"}
# Modules without an underscore that their library does not document.
INNER = ("streamlit.proto", "streamlit.runtime", "streamlit.web", "huggingface_hub.file_download", "hydra._internal")
# file → (module, name) it may use → what is lost when that is gone
FENCED: dict[str, dict[tuple[str, str], str]] = {
    "benchmarks/wire.py": {
        (f"streamlit.proto.{module}_pb2", name): "benchmarks and attacks cannot drive a server without a browser"
        for module, name in (
            ("BackMsg", "BackMsg"),
            ("BidiComponent", "BidiComponent"),
            ("ClientState", "ClientState"),
            ("Common", "FileURLs"),
            ("Element", "Element"),
            ("ForwardMsg", "ForwardMsg"),
            ("WidgetStates", "WidgetState"),
        )
    },
    "ui/widgets/uploads.py": {
        (
            "streamlit.runtime.scriptrunner",
            "get_script_run_ctx",
        ): "pictures' originals stay in memory"
    },
}
FILES = [path for folder in sorted(OURS - {"app"}) for path in sorted((ROOT / folder).rglob("*.py"))] + [
    ROOT / "app.py",
    ROOT / "main.py",
]


def private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def used(path: Path) -> Iterator[tuple[str, str]]:
    """(module, name) of everything private that a file takes from a library."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bound: dict[str, str] = {}  # name in the file → where it comes from
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
                if inner(alias.name):
                    yield alias.name, ""
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                bound[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                if inner(node.module) or (private(alias.name) and is_library(node.module)):
                    yield node.module, alias.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and private(node.attr):
            root = node.value
            while isinstance(root, ast.Attribute | ast.Call):
                root = root.value if isinstance(root, ast.Attribute) else root.func
            if isinstance(root, ast.Name) and is_library(bound.get(root.id, "")):
                yield ast.unparse(node.value), node.attr


def is_library(module: str) -> bool:
    first = module.partition(".")[0]
    return first != "" and first not in OURS and first not in sys.stdlib_module_names


def inner(module: str) -> bool:
    return is_library(module) and (module.startswith(INNER) or any(private(part) for part in module.split(".")))


def test_private_names_are_used_in_their_fence_only() -> None:
    found = {path.relative_to(ROOT).as_posix(): set(used(path)) for path in FILES}
    assert {file: names for file, names in found.items() if names and file not in FENCED} == {}
    assert {file: found[file] for file in FENCED} == {file: set(names) for file, names in FENCED.items()}


@pytest.mark.parametrize(
    ("module", "name", "loss"),
    [(module, name, loss) for names in FENCED.values() for (module, name), loss in names.items()],
)
def test_a_private_name_is_still_there(module: str, name: str, loss: str) -> None:
    assert hasattr(import_module(module), name), f"{module}.{name} is gone: {loss}"


def test_the_search_sees_what_it_should(tmp_path: Path) -> None:
    source = """
import os, torch
import torch._dynamo
from streamlit.runtime.caching import cache
from transformers import ViTModel, _private
from vit.data import members
torch.cpu._is_avx512_supported(), ViTModel._from_config(1), os._exit, members._open, torch.__version__
"""
    (tmp_path / "file.py").write_text(source)
    assert set(used(tmp_path / "file.py")) == {
        ("torch._dynamo", ""),
        ("streamlit.runtime.caching", "cache"),
        ("transformers", "_private"),
        ("torch.cpu", "_is_avx512_supported"),
        ("ViTModel", "_from_config"),
    }
