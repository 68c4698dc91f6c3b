"""Where things lie that tests read: the project, its sample pictures, the bundled model for photographs."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
APP = ROOT / "main.py"
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
SAMPLES = sorted((ROOT / "sample_images").glob("*.jpg"))
BUNDLED = "dinov2-small-imgfocus"
