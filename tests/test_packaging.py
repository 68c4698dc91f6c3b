"""A package like any other: one list of dependencies, and a wheel that brings everything the app needs."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support.places import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_requirements_txt_repeats_the_dependencies() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == PROJECT["dependencies"]


def test_the_lock_pins_every_dependency() -> None:
    pinned = {line.split("==")[0] for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").split()}
    extras = PROJECT["optional-dependencies"]
    wanted = {line.split(">=")[0] for line in [*PROJECT["dependencies"], *extras["dev"], *extras["bench"]]}
    assert {name.lower() for name in wanted} <= pinned


def test_the_version_is_the_citations_and_the_changelogs() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {PROJECT['version']}\n" in citation
    assert f"## {PROJECT['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_wheel_works_where_there_is_no_checkout(tmp_path: Path) -> None:
    """Built, unpacked elsewhere, used from a third place: bundled models open, and the app draws its Overview."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    with ZipFile(wheel) as opened:
        names = opened.namelist()
        opened.extractall(site)
    assert not [name for name in names if name.startswith(("tests/", "runs/", "benchmarks/"))]
    assert "vit/py.typed" in names
    code = (
        "import vit; from vit.paths import ROOT, RUNS; from vit.checkpoints.loading import bundled\n"
        f"assert vit.__file__.startswith({str(site)!r}), vit.__file__\n"
        f"assert str(RUNS) == {str(elsewhere / 'runs')!r}, RUNS\n"
        "assert all(vit.load_pretrained(name).config.depth for name in bundled()) and len(bundled()) > 1\n"
        "from streamlit.testing.v1 import AppTest\n"
        "at = AppTest.from_file(str(ROOT / 'main.py'), default_timeout=120).run()\n"
        "assert not at.exception and at.title[0].value == 'Overview'\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(site)}
    environment.pop("VIT_EXPLAINER_RUNS_FOLDER", None)
    done = subprocess.run([sys.executable, "-c", code], cwd=elsewhere, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
