"""A process that trains what it is told to: ``launch`` starts one before anybody has pressed a button.

It imports torch, which takes seconds, while it waits for its order: a line of JSON with the arguments of
``python -m vit.train`` and the file that takes what is printed. When whoever started it ends without an
order, its input ends, and so does it. With an order it goes on alone.
"""

from __future__ import annotations

import json
import os
import sys
import threading

from vit import environment
from vit.training import config_file
from vit.training.process import command

NICE = 10  # pages are drawn and pictures read first; a training takes what the cores have left


def main() -> int:
    environment.share_cores()
    threading.Thread(target=_load, daemon=True).start()
    config_file.compose()  # Hydra's first composition takes ten times as long as its second
    line = sys.stdin.readline()
    if not line:
        os._exit(0)  # the thread may be in the middle of an import, which cannot be called off
    order = json.loads(line)
    if hasattr(os, "nice"):
        os.nice(NICE)
    with open(order["output"], "ab") as output, open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    sys.argv = ["vit.train", *order["arguments"]]
    return command.main()


def _load() -> None:
    """Everything that a run needs; the run's own import waits for this one where it comes first."""
    import torch.utils.tensorboard  # noqa: F401

    import vit.training.learn.engine  # noqa: F401


if __name__ == "__main__":
    sys.exit(main())
