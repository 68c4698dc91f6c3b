"""Every benchmark: ``python -m benchmarks`` prints the tables and writes ``benchmarks/results.json``.

Three quarters of an hour on two cores; ``--quick`` only shows that everything runs, and writes nothing unless
``--json FILE`` asks for it. Two of them need Chromium. What many people at once cost is ``benchmarks.people``.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks import explorer, forward, growth, interaction, load, report, trace, train

ALL = {
    "trace": trace,
    "forward": forward,
    "load": load,
    "train": train,
    "growth": growth,
    "interaction": interaction,
    "explorer": explorer,
}
RESULTS = Path(__file__).parent / "results.json"


def main() -> None:
    asked = report.arguments()
    contents = report.document(asked.quick, {})  # the machine's load before, not after
    for name, benchmark in ALL.items():
        contents["benchmarks"][name] = found = benchmark.measure(asked.quick)
        print("\n".join(benchmark.lines(found)), end="\n\n", flush=True)
    file = asked.json or (None if asked.quick else RESULTS)
    if file:
        report.write(file, contents)
        print(f"written to {file}")


if __name__ == "__main__":
    main()
