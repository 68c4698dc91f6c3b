"""Every figure of the README about pictures, as rows of its table: ``python -m benchmarks.picture_figures``.

Pixels against the reference's, computing by megapixels before and after, memory, and uploads in a browser. All but the
last can be believed on a machine that has other things to do.
"""

from __future__ import annotations

from benchmarks import pictures, pixels, report, uploads

if __name__ == "__main__":
    for benchmark in (pixels, pictures, uploads):
        report.table(benchmark.rows())
