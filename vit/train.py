"""``python -m vit.train``: train a Vision Transformer; the settings are Hydra's (``configs/``).

    python -m vit.train                                             digits in a minute (preset=mnist-live)
    python -m vit.train preset=seed-mnist data.path=FOLDER          another preset, MNIST's files from a folder
    python -m vit.train training.lr=0.005 model.depth=8             other values
    python -m vit.train --multirun model.depth=4,6,8 training.lr=1e-3,5e-4     a sweep
    python -m vit.train --resume runs/2025-09-25/21-04-19           go on exactly where a run was
    torchrun --nproc-per-node 2 -m vit.train …                      several processes on one run

Everything a run leaves lies in ``runs/<date>/<time>/``. Ctrl-C stops with a checkpoint.
"""

from __future__ import annotations

import sys

from vit.training.process.command import main

if __name__ == "__main__":
    sys.exit(main())
