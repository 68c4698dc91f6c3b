"""What timm gives to a model's class for each architecture's name: how vit/families/timm_names is made and checked.

``python -m tests.support.timm_names`` writes the file again for the timm that is installed.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.support.places import ROOT

FILE = ROOT / "vit" / "families" / "timm_names" / "architectures.json"
MODULES = ("beit", "deit", "eva", "vision_transformer", "vision_transformer_relpos", "vision_transformer_hybrid",
           "vitamin", "vision_transformer_sam", "naflexvit")  # fmt: skip
NO_VIT = ("NaFlexVit", "VisionTransformerSAM")  # recorded by their class alone: what they do is not shown
BUILDING = ("feature_cfg", "features_only", "cache_dir", "model_cfg")  # about building, not about the model


class _FoundError(Exception):
    """Carries what a model would have been built from; nothing is built."""


def _found(model_cls: Any, variant: str, *args: Any, **arguments: Any) -> None:
    raise _FoundError(model_cls, arguments)


def by_name() -> dict[str, dict[str, Any]]:
    """Every name of those modules → the class that is built and its arguments, as JSON can hold them."""
    import timm

    modules = [import_module(f"timm.models.{module}") for module in MODULES]
    found: dict[str, dict[str, Any]] = {}
    with ExitStack() as patches:
        for module in modules:
            patches.enter_context(patch.object(module, "build_model_with_cfg", _found))
        for module in MODULES:
            for name in timm.list_models(module=module):
                try:
                    timm.create_model(name)
                except _FoundError as error:
                    built, arguments = error.args
                    shown = {} if built.__name__ in NO_VIT else _plain(arguments)
                    found[name] = {"class": built.__name__, **shown}
    return dict(sorted(found.items()))


def _plain(arguments: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in arguments.items() if not key.startswith("pretrained") and key not in BUILDING}
    return {key: _value(value) for key, value in kept.items()}


def _value(value: Any) -> Any:
    """A class by its name; one with arguments of its own as [name, arguments]; tuples as lists."""
    if isinstance(value, partial):
        if value.func.__name__ == "GluMlp":
            return "SwiGLUPacked"  # timm's own name for GluMlp with SiLU on the first half
        if value.func.__name__ == "HybridEmbed":
            return "HybridEmbed"
        return [value.func.__name__, value.keywords]
    if callable(value):
        return value.__name__
    return list(value) if isinstance(value, tuple) else value


def written(names: dict[str, dict[str, Any]]) -> str:
    """The file's text: a line an architecture."""
    import timm

    source = f"timm {timm.__version__} (Apache-2.0), timm/models: what each architecture's name gives to its class"
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(arguments)}" for name, arguments in names.items())
    return f'{{"source": {json.dumps(source)}, "architectures": {{\n{lines}\n}}}}\n'


if __name__ == "__main__":
    Path(FILE).write_text(written(by_name()), encoding="utf-8")
