"""Every benchmark runs, on its smallest size, and says what the README quotes."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.faithfulness import Kept, areas, balanced, groups, tables
from benchmarks.growth import expected
from benchmarks.measure import exponent, spread
from benchmarks.novelty import flagged, known, middle, parted, read_learned, read_photographs, without_a_fifth
from tests.support.models import SMALL, random_model, small_vit
from tests.support.pictures import classes, plain, written
from tests.support.places import ROOT
from vit.analysis.evidence.target import of_class
from vit.data.dataset import DataError
from vit.experiments.removal import by_chance, outputs_on_removal, removal_curves
from vit.pictures.decoded import Decoded


def test_a_spread_by_hand() -> None:
    found = spread([5.0, 1.0, 3.0, 2.0, 4.0])
    assert found == {"median": 3.0, "q1": 2.0, "q3": 4.0, "p95": 5.0, "min": 1.0, "max": 5.0, "n": 5}
    assert spread([])["n"] == 0
    assert isnan(spread([])["median"])
    assert spread([7.0]) == {"median": 7.0, "q1": 7.0, "q3": 7.0, "p95": 7.0, "min": 7.0, "max": 7.0, "n": 1}


def test_tables_of_faithfulness_are_made_of_what_was_kept(tmp_path: Path) -> None:
    file = tmp_path / "kept"
    Kept(file, "digits").write(0, {"attention": (0.5, 0.5)})
    Kept(file, "photographs").write(0, {"attention": (0.0, 1.0)})
    Kept(file, "digits").write(1, {"attention": (0.25, 0.75)})
    Kept(file, "digits").write(0, {"occlusion": (0.25, 0.75)})
    assert Kept(None, "digits").found == []
    assert Kept(file, "photographs").found == [{"attention": [0.0, 1.0]}]
    of_both, of_one = tables(Kept(file, "digits").found)
    assert of_both[0].startswith("| 2 pictures |")
    assert of_both[2:] == ["| attention | 0.375 | 0.625 | 0% |"]
    assert of_one[0].startswith("| 1 pictures |")
    assert of_one[2:] == ["| occlusion | 0.250 | 0.750 | 100% |", "| attention | 0.500 | 0.500 | 0% |"]


def test_pictures_of_faithfulness_come_in_rounds_of_all_classes() -> None:
    labels = np.repeat([0, 1, 2], [4, 5, 6])
    chosen = balanced(labels, 9)
    assert len(set(chosen)) == 9
    for start in (0, 3, 6):
        assert set(labels[chosen[start : start + 3]]) == {0, 1, 2}
    assert balanced(labels, 4) == chosen[:4]
    assert len(balanced(labels, 100)) == 15


def test_random_orders_and_maps_are_measured_alike() -> None:
    small = small_vit("cls")
    found = areas(small.model, small.trace.pixels, groups(0)["chance"])
    trace, target = small.trace, of_class(small.model, int(small.trace.logits[0].argmax()), "")
    orders = np.stack([by_chance(trace.layout.n_patches, seed) for seed in range(3)])
    curves = removal_curves(outputs_on_removal(small.model, trace, orders), target.measure)
    assert found["chance"][0] == pytest.approx(np.mean([one.deletion for one in curves]))
    assert set(found) == {"attention", "Grad-CAM", "LeGrad", "Chefer", "AttnLRP", "chance"}


def test_the_exponent_of_a_power_is_its_power() -> None:
    steps = [{"tokens": n, "bytes": 3 * n**2, "seconds": {"median": 0.1 * n}} for n in (10, 40, 90)]
    assert exponent("tokens", steps, "bytes")["all"] == pytest.approx(2)
    assert exponent("tokens", steps, "bytes")["between"] == pytest.approx([2, 2])
    assert exponent("tokens", steps, "seconds")["all"] == pytest.approx(1)
    assert 1 < expected(50) < expected(1370) < 2


def test_what_is_unlike_is_asked_of_the_folders_parts_and_of_what_is_of_no_class(tmp_path: Path) -> None:
    model = random_model(replace(SMALL["cls"], n_classes=2, labels=("red", "blue")))
    parts = {f"{part}/{name}": data for part in ("train", "test") for name, data in classes(6).items()}
    learned, held_out = read_learned(model, written(tmp_path / "learned", parts), every=2)
    assert learned.labels.bincount().tolist() == [3, 3]
    assert held_out.labels.bincount().tolist() == [6, 6]
    assert [len(half.labels) for half in parted(held_out.of(torch.arange(11)), 0)] == [6, 5]
    others = {
        f"none/{name}": plain((0, 250 + n, 5 * n))
        for n, name in enumerate(("2.png", "1.png", "0.png", "3.png", "4.png"))
    }
    photographs = read_photographs(model, written(tmp_path / "photographs", classes(6) | others))
    assert photographs.whole.labels[photographs.own].bincount().tolist() == [6, 6]
    none = photographs.whole.of(~photographs.own)
    assert none.labels.tolist() == [-1] * 5
    for same in (photographs.close.of(~photographs.own), photographs.coarse):
        assert torch.allclose(none.cls, same.cls, atol=1e-4), "with nothing in it there is nothing to lose"
    fifths = [without_a_fifth(photographs, fifth) for fifth in range(5)]
    kept_back = torch.cat([unseen.whole.of(~unseen.own).cls for _, unseen in fifths], dim=1)
    assert torch.equal(kept_back, none.cls), "each once, in the order of their names"
    assert sum(int(unseen.own.sum()) for _, unseen in fifths) == 12
    assert all(len(seen.coarse.labels) == 4 for seen, _ in fifths)
    told = known(learned, held_out, photographs)
    assert all(flagged(none, told))
    assert sum(flagged(held_out, told)) <= 2
    for where, files, says in (
        ("green", {"green/0.png": plain((0, 255, 0))}, "green has green: one of red, blue, none is needed"),
        ("no none", classes(2), "no none needs photographs of the classes, and of none of them in a folder 'none'"),
        ("loose", {"0.png": plain((0, 255, 0))}, "loose holds no picture that can be read"),
    ):
        with pytest.raises(DataError, match=says):
            read_photographs(model, written(tmp_path / where, files))
    with pytest.raises(DataError, match="photographs has none: one of red, blue is needed"):
        read_learned(model, tmp_path / "photographs")


def one(found: Any, *keys: str) -> None:
    for key in keys:
        assert key in found, key


def test_the_middle_of_a_photograph_is_half_of_its_shorter_side() -> None:
    image = Image.new("RGB", (40, 20))
    image.paste((255, 0, 0), (15, 5, 25, 15))
    close = middle(Decoded(image))
    assert close.size == (10, 10)
    assert close.getcolors() == [(100, (255, 0, 0))]


@pytest.mark.slow
@pytest.mark.whole_machine
@pytest.mark.timeout(1200)
def test_all_of_them_quickly(tmp_path: Path) -> None:
    pytest.importorskip("timm", reason="needs the extra bench")
    pytest.importorskip("vit_pytorch", reason="needs the extra bench")
    file = tmp_path / "results.json"
    file.write_text('{"trace": "measured anew", "another": "stays"}')
    command = [sys.executable, "-m", "benchmarks", "--quick", "--json", str(file)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    results = json.loads(file.read_text())
    assert results.pop("another") == "stays"
    for result in results.values():
        one(result["machine"], "cpu", "cores", "memory_bytes")
        assert all(result["versions"].values())
    found = {name: result["found"] for name, result in results.items()}
    trace = found["trace"][0]
    assert set(trace["contenders"]) == {"ours", "transformers", "timm", "vit-pytorch"}
    for contender in trace["contenders"].values():
        one(contender, "returns")
        assert contender["peak_bytes"] >= contender["returns_bytes"] > 0
        assert contender["seconds"]["min"] <= contender["seconds"]["median"] <= contender["seconds"]["max"]
    most = max(trace["contenders"], key=lambda name: trace["contenders"][name]["returns_bytes"])
    assert most == "ours", "we claim to record more than each"
    assert set(found["forward"][0]["ratios"]) == {"ours again", "timm", "transformers", "onnxruntime"}
    for contender in found["load"][0]["contenders"].values():
        one(contender, "seconds", "import", "load", "trace", "resident_bytes", "peak_bytes")
    assert set(found["train"][0]["times_faster"]) == {"vit-pytorch", "timm"}
    assert [step["tokens"] for step in found["growth"]["tokens"]["steps"]] == [50, 257]
    one(found["growth"]["depth"]["exponents"], "trace_seconds", "trace_bytes", "payload_bytes")
    one(found["interaction"], "cold", "rested", "warm", "upload", "hidden")
    assert set(found["interaction"]["sliders"]) == {"patches"}
    assert found["walk"]["beside the server"].keys() == {"overview", "patches"}
    steps = found["explorer"]["growth"]["steps"]
    assert [step["tokens"] for step in steps] == [50, 257]
    assert all(step["payload_bytes"] > 2 * 12 * 6 * step["tokens"] ** 2 for step in steps), "every pattern, fp16"
    titles = "Trace, Forward only, Load, Training, Growth, Interaction, From page to page, Attention explorer"
    for title in titles.split(", "):
        assert title in done.stdout
