"""Where the files lie that are no Python: weights, settings, pictures, and what the app serves.

In a checkout they lie beside the packages; a wheel carries them inside ``vit/_project``.
"""

from __future__ import annotations

import os
from pathlib import Path

PACKAGES = Path(__file__).resolve().parents[1]  # from here ``import vit`` and ``import ui`` work
IN_CHECKOUT = (PACKAGES / "app.py").is_file()
ROOT = PACKAGES if IN_CHECKOUT else PACKAGES / "vit" / "_project"
WEIGHTS = ROOT / "weights"
CONFIGS = ROOT / "configs"
DATA = ROOT / "data"
SAMPLE_IMAGES = ROOT / "sample_images"
STATIC = ROOT / "static"
# Runs are the person's own: below the checkout, or where an installed program was started.
RUNS = Path(os.environ.get("VIT_EXPLAINER_RUNS_FOLDER") or (ROOT if IN_CHECKOUT else Path.cwd()) / "runs").resolve()
