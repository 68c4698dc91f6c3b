"""Settings ↔ YAML: ``configs/`` and command line into settings, a run's ``config.yaml`` out and back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from threading import Lock
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from vit.paths import CONFIGS
from vit.training.limits import SettingsError
from vit.training.run.files import RunError, replace_file
from vit.training.settings import Settings

FILE = "config.yaml"
_HYDRA = Lock()  # it keeps what it composes in one global place


def to_settings(config: DictConfig | dict[str, Any]) -> Settings:
    """A plain or composed config as checked settings; SettingsError names the key that is wrong."""
    try:
        plain = OmegaConf.to_container(config, resolve=True) if isinstance(config, DictConfig) else config
        merged = OmegaConf.merge(OmegaConf.structured(Settings), plain)
        settings = OmegaConf.to_object(merged)
    except OmegaConfBaseException as error:
        raise SettingsError(one_line(error)) from None
    assert isinstance(settings, Settings)
    settings.check()
    return settings


def compose(overrides: Sequence[str] = ()) -> Settings:
    """The settings that ``python -m vit.train *overrides`` would train with; SettingsError names a mistake.

    For use in a program, by several threads too: ``compose(["preset=mnist-live", "model.depth=8"])``.
    """
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException

    try:
        with _HYDRA:
            register()
            GlobalHydra.instance().clear()
            with initialize_config_dir(str(CONFIGS), version_base="1.3"):
                return to_settings(hydra_compose("config", list(overrides)))
    except (HydraException, OmegaConfBaseException) as error:
        raise SettingsError(one_line(error)) from None


def register() -> None:
    """Tell Hydra the shape of our settings, so that it refuses a key or a value that does not fit it."""
    from hydra.core.config_store import ConfigStore

    ConfigStore.instance().store(name="settings", node=Settings)


def write(settings: Settings, folder: Path) -> None:
    text = OmegaConf.to_yaml(OmegaConf.structured(settings))
    replace_file(folder / FILE, lambda file: file.write_text(text, encoding="utf-8"))


def read(folder: Path, overrides: Sequence[str] = ()) -> Settings:
    """The settings of the run in ``folder``, with some changed; RunError where the file cannot be used."""
    path = folder / FILE
    if not path.is_file():
        raise RunError(f"{folder} is no run: it has no {FILE}.")
    try:
        stored = OmegaConf.load(path)
        if not isinstance(stored, DictConfig):
            raise SettingsError("it holds no settings")
        merged = OmegaConf.merge(stored, OmegaConf.from_dotlist(list(overrides)))
        assert isinstance(merged, DictConfig), "settings with settings are settings"
        return to_settings(merged)
    except (SettingsError, OmegaConfBaseException, ValueError, OSError, _yaml_error()) as error:
        raise RunError(f"{path} cannot be used ({one_line(error)}): restore it, or start a new run.") from None


def _yaml_error() -> type[Exception]:
    import yaml

    return yaml.YAMLError


def one_line(error: BaseException) -> str:
    """What Hydra or OmegaConf found wrong, in one line that names the key and, for a mistyped one, the nearest."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and len(chain) < 5:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    texts = [" ".join(line.strip() for line in str(e).splitlines() if not _is_noise(line)) for e in chain]
    text = " ".join(dict.fromkeys(texts))
    wrong = max(re.findall(r"(?:override|full_key:|Key) '?([\w.]+)", text), key=len, default="")
    near = [key for key in get_close_matches(wrong, known_keys(), n=1) if key != wrong]
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"{text}{hint}"


def _is_noise(line: str) -> bool:
    return line.strip().startswith(("object_type", "reference_type", "To append", "Config search path", "provider="))


def known_keys() -> list[str]:
    """Every key that can be set, dotted."""

    def below(node: Any, prefix: str) -> list[str]:
        if not is_dataclass(node):
            return [prefix]
        return [
            key for item in fields(node) for key in below(getattr(node, item.name), f"{prefix}.{item.name}".strip("."))
        ]

    return below(Settings(), "")
