"""What a benchmark's findings look like: lines for a terminal, and one JSON file."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.machine import machine, versions

Measure = Callable[[bool], Any]
Lines = Callable[[Any], list[str]]
Row = tuple[str, str]  # what, and what was found
AGAIN = "ours again"  # a contender that is the same code in one more process: what luck alone makes of a ratio
_NAMES = ("size", "side", "batch", "preset", "pictures", "checkpoint")


def comparison(title: str, cases: list[dict[str, Any]], goal: float) -> list[str]:
    """A line a case and contender, then which cases missed the goal, and by how much."""
    text = [f"{title} (goal: at most {goal:g} × each other's time)"]
    text.append(f"  {'case':<22} {'who':<13} {'ms':>9} {'quartiles':>19} {'peak MB':>8} {'back MB':>8}  ours / theirs")
    missed = []
    for case in cases:
        label = " · ".join(f"{key} {case[key]}" if key == "batch" else str(case[key]) for key in _NAMES if key in case)
        for name, found in case["contenders"].items():
            time, ratio = found["seconds"], case["ratios"].get(name)
            quartiles = f"{time['q1'] * 1e3:.1f}–{time['q3'] * 1e3:.1f}"
            back = f"{found['returns_bytes'] / 1e6:8.1f}" if "returns_bytes" in found else f"{'':8}"
            text.append(
                f"  {label:<22} {name:<13} {time['median'] * 1e3:9.1f} {quartiles:>19} "
                f"{found['peak_bytes'] / 1e6:8.1f} {back}  " + (ratio_text(ratio) if ratio else "")
            )
            if ratio and ratio["median"] > goal and name != AGAIN:
                missed.append(f"  goal missed: {label} against {name}: {ratio['median']:.3f} instead of {goal:g}")
    return text + (missed or ["  goal reached in every case"])


def ratio_text(ratio: dict[str, float]) -> str:
    return f"{ratio['median']:.3f} ({ratio['min']:.2f}–{ratio['max']:.2f}, n={ratio['n']})"


def growth(what: str, grown: str, slope: dict[str, Any]) -> str:
    """What ``measure.exponent`` found, in words."""
    between = ", ".join(f"{power:.2f}" for power in slope["between"])
    return f"{what} grows as {grown} to the power {slope['all']:.2f}; between neighbours {between}"


def table(rows: Iterable[Row]) -> None:
    """Print rows of a table of the README's, each once it is measured."""
    for what, found in rows:
        print(f"| {what} | {found} |", flush=True)


def stamped(measure: Measure, quick: bool) -> dict[str, Any]:
    """What a benchmark finds, with when and on what: the machine's load is that before it."""
    stamp = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "machine": machine(),
        "versions": versions(),
    }
    return {**stamp, "found": measure(quick)}


def write(file: Path, results: dict[str, dict[str, Any]]) -> None:
    """Name → what was found; others that are in the file already stay."""
    before = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps(before | results, indent=1, ensure_ascii=False) + "\n")


def arguments(names: Collection[str] = ()) -> argparse.Namespace:
    """``names``: the benchmarks that can be asked for by name; all of them, if none is."""
    parser = argparse.ArgumentParser()
    if names:
        parser.add_argument("names", nargs="*", metavar="BENCHMARK", help=", ".join(names))
    parser.add_argument("--quick", action="store_true", help="the smallest size and few rounds: does it run?")
    parser.add_argument("--json", type=Path, metavar="FILE")
    asked = parser.parse_args()
    if unknown := set(getattr(asked, "names", ())) - set(names):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    return asked


def alone(name: str, measure: Measure, lines: Lines) -> None:
    """A benchmark run by itself."""
    asked = arguments()
    result = stamped(measure, asked.quick)
    print("\n".join(lines(result["found"])))
    if asked.json:
        write(asked.json, {name: result})
