"""Every benchmark: ``python -m benchmarks`` prints the tables and writes ``benchmarks/results.json``.

Three quarters of an hour on two cores; ``python -m benchmarks trace forward`` measures these two anew and leaves the
others as they are. ``--quick`` only shows that everything runs, and writes nothing unless ``--json FILE`` asks for
it. Three of them need Chromium. What many people at once cost is ``benchmarks.people``.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks import explorer, forward, growth, interaction, load, report, trace, train, walk

ALL = {
    "trace": trace,
    "forward": forward,
    "load": load,
    "train": train,
    "growth": growth,
    "interaction": interaction,
    "walk": walk,
    "explorer": explorer,
}
RESULTS = Path(__file__).parent / "results.json"


def main() -> None:
    asked = report.arguments(ALL)
    file = asked.json or (None if asked.quick else RESULTS)
    for name in asked.names or ALL:
        result = report.stamped(ALL[name].measure, asked.quick)
        print("\n".join(ALL[name].lines(result["found"])), end="\n\n", flush=True)
        if file:
            report.write(file, {name: result})
    if file:
        print(f"written to {file}")


if __name__ == "__main__":
    main()
