"""Which models are offered by name, and which of them lie on this machine."""

from __future__ import annotations

from pathlib import Path

from tests.support.hub_server import MODEL, Hub
from tests.support.places import BUNDLED
from vit.checkpoints.catalogue import CATALOGUE, on_this_machine
from vit.checkpoints.hub import download, is_hub_id
from vit.families import FAMILIES


def test_the_catalogue_names_models_that_can_be_shown(hub: Hub) -> None:
    assert len({entry.name for entry in CATALOGUE}) == len(CATALOGUE)
    compared = [(family.name, family.reference) for family in FAMILIES.values() if family.reference]
    names = {name for name, reference in compared if reference.library == "transformers"}
    assert {entry.family for entry in CATALOGUE} <= names
    for entry in CATALOGUE:
        assert entry.name == BUNDLED or is_hub_id(entry.name)
        assert entry.summary.endswith(".")
        assert entry.megabytes > 0
        assert entry.on_this_machine is (entry.name == BUNDLED)


def test_a_downloaded_model_is_on_this_machine(hub: Hub, folders: dict[str, Path]) -> None:
    assert on_this_machine(BUNDLED)
    assert on_this_machine(str(folders[MODEL]))
    assert not on_this_machine(MODEL)
    download(MODEL)
    assert on_this_machine(MODEL)
    assert not on_this_machine("nonsense")
