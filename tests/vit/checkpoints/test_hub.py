"""Downloads from a Hub on this machine, by the real huggingface_hub; and all the ways in which they fail."""

from __future__ import annotations

import errno
import shutil
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
import torch
from huggingface_hub import constants

from tests.support.fresh_python import said
from tests.support.hub_server import MODEL, Hub
from vit import load_pretrained
from vit.checkpoints import resumable
from vit.checkpoints.files import CheckpointError
from vit.checkpoints.hub import cached, download, is_hub_id


def refused(model: str, *words: str) -> None:
    with pytest.raises(CheckpointError) as caught:
        download(model)
    message = str(caught.value)
    assert all(word in message for word in (model, *words)), message
    assert "\n" not in message


def test_a_model_is_fetched_once_into_the_ordinary_cache(hub: Hub, folders: dict[str, Path]) -> None:
    reports = []
    assert cached(MODEL) is None
    model = load_pretrained(MODEL, lambda done, total, file: reports.append((done, total, file)))
    size = (folders[MODEL] / "model.safetensors").stat().st_size
    assert reports[-1] == (size, size, "model.safetensors")
    assert [done for done, _, _ in reports] == sorted(done for done, _, _ in reports)
    expected = load_pretrained(folders[MODEL])
    assert model.preprocessing == expected.preprocessing
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in expected.state_dict().items())

    from huggingface_hub import scan_cache_dir, try_to_load_from_cache

    assert Path(try_to_load_from_cache(MODEL, "model.safetensors")).parent == cached(MODEL)
    assert [repo.repo_id for repo in scan_cache_dir(constants.HF_HUB_CACHE).repos] == [MODEL]

    hub.log.clear()
    assert download(MODEL) == cached(MODEL)
    assert not hub.log, "what is there is not asked for again"


def test_a_sharded_model_reports_its_progress_as_one(hub: Hub, folders: dict[str, Path]) -> None:
    reports = []
    model = load_pretrained("someone/sharded", lambda *now: reports.append(now))
    files = sorted(folders["someone/sharded"].glob("model-*.safetensors"))
    size = sum(file.stat().st_size for file in files)
    assert {total for _, total, _ in reports} == {size}
    assert reports[-1][0] == size
    assert {file for _, _, file in reports} == {file.name for file in files}
    assert model.config.labels == ("ant", "bee", "cat")

    hub.log.clear()
    download("someone/sharded")
    assert not hub.log, "that it has no recipe is remembered"


def test_an_interrupted_download_goes_on_where_it_stopped(
    hub: Hub, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resumable, "CHUNK", 4096)
    size = (folders[MODEL] / "model.safetensors").stat().st_size

    class Stop(BaseException):
        """As an interface stops a run: no Exception."""

    def stop_halfway(done: int, total: int, file: str) -> None:
        if done > total / 2:
            raise Stop

    with pytest.raises(Stop):
        download(MODEL, stop_halfway)
    assert cached(MODEL) is None
    reports = []
    folder = download(MODEL, lambda done, total, file: reports.append(done))
    first, second = hub.gets("model.safetensors")
    assert first is None
    assert size * 0.3 < int(second.removeprefix("bytes=").rstrip("-")) < size
    assert reports[0] > size * 0.3
    assert (folder / "model.safetensors").read_bytes() == (folders[MODEL] / "model.safetensors").read_bytes()


def test_a_connection_that_breaks_is_made_anew(
    hub: Hub, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resumable, "CHUNK", 4096)
    hub.breaks_after = 12 * 4096
    folder = download(MODEL)
    assert hub.gets("model.safetensors") == [None, "bytes=49152-", "bytes=98304-"]
    assert (folder / "model.safetensors").read_bytes() == (folders[MODEL] / "model.safetensors").read_bytes()


def test_connections_that_bring_nothing_are_given_up(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """All are cut before a first chunk of the weights is complete."""
    monkeypatch.setattr(resumable, "PAUSE", 0)
    monkeypatch.setattr(resumable, "ATTEMPTS", 2)
    hub.breaks_after = 10_000
    refused(MODEL, "cannot be reached")
    assert len(hub.gets("model.safetensors")) == 2


def test_a_server_of_whole_files_only(hub: Hub, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resumable, "CHUNK", 4096)
    hub.ranges = False

    def stop(done: int, total: int, file: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(MODEL, stop)
    folder = download(MODEL)
    assert hub.gets("model.safetensors")[1] == "bytes=4096-"
    assert (folder / "model.safetensors").read_bytes() == (folders[MODEL] / "model.safetensors").read_bytes()


def test_two_who_want_the_same_file_fetch_it_once(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second sees the first one's progress while it waits."""
    monkeypatch.setattr(resumable, "CHUNK", 4096)
    halfway, seen = Event(), Event()

    def first(done: int, total: int, file: str) -> None:
        if done > total / 2:
            halfway.set()
            assert seen.wait(30)

    def second(done: int, total: int, file: str) -> None:
        if done > total / 2:
            seen.set()

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(download, MODEL, first)
        assert halfway.wait(30)
        other = pool.submit(download, MODEL, second)
        assert one.result() == other.result()
    assert len(hub.gets("model.safetensors")) == 1


def test_what_arrives_damaged_is_thrown_away(hub: Hub) -> None:
    hub.wrong_sums = True
    refused(MODEL, "model.safetensors", "damaged")
    assert cached(MODEL) is None
    assert not list(Path(constants.HF_HUB_CACHE).rglob("*.partial"))


def test_a_gated_model_needs_a_licence_and_a_token(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.gated.add(MODEL)
    refused(MODEL, "gated", "licence", "HF_TOKEN", f"https://huggingface.co/{MODEL}")
    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert (download(MODEL) / "model.safetensors").is_file()


def test_an_unknown_model(hub: Hub) -> None:
    refused("someone/else", "spelling")


def test_a_model_of_another_kind_is_refused_before_its_weights_are_fetched(hub: Hub) -> None:
    refused("someone/swin", "'swin'")
    assert not hub.gets("model.safetensors")


def test_a_model_without_weights_or_config(hub: Hub) -> None:
    refused("someone/weightless", "model.safetensors")
    refused("someone/configless", "config.json")


@pytest.mark.parametrize("status", [429, 500])
def test_a_hub_that_fails(hub: Hub, status: int) -> None:
    hub.status = status
    refused(MODEL, str(status), "later")


def test_a_model_whose_preparation_of_pictures_does_not_arrive_is_not_opened_without(hub: Hub) -> None:
    hub.fails_for = {"preprocessor_config.json"}
    refused(MODEL)
    hub.fails_for = set()
    weights = len(hub.gets("model.safetensors"))
    assert (download(MODEL) / "preprocessor_config.json").is_file()
    assert len(hub.gets("model.safetensors")) == weights, "what has arrived is not fetched again"


@pytest.mark.filterwarnings("ignore:Not enough free disk space")  # huggingface_hub's own, about config.json
def test_a_disk_too_small(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 9, 1))
    refused(MODEL, "GB free", "HF_HOME")
    assert not hub.gets("model.safetensors")


def test_a_disk_that_fills_up(hub: Hub) -> None:
    def full(done: int, total: int, file: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(CheckpointError, match=r"disk is full.*goes on where it stopped"):
        download(MODEL, full)


def test_without_a_network_there_is_one_sentence_and_what_is_cached_still_works(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = download(MODEL)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")  # nobody listens there
    refused("someone/sharded", "cannot be reached", "network")
    assert download(MODEL) == folder


@pytest.mark.slow
def test_the_environment_as_a_person_sets_it(hub: Hub) -> None:
    """HF_ENDPOINT and HF_HOME fetch; with HF_HUB_OFFLINE=1 the cache is enough, and alone."""
    code = """
import sys
from vit import load_pretrained
from vit.checkpoints import resumable
for name in sys.argv[1:]:
    try:
        print(load_pretrained(name).config.width)
    except ValueError as error:
        print(error)
"""

    def run(*models: str, **variables: str) -> list[str]:
        home = str(Path(constants.HF_HUB_CACHE).parent)
        return said(code, *models, HF_HOME=home, **variables).splitlines()

    assert run(MODEL, HF_ENDPOINT=hub.url) == ["32"]
    hub.log.clear()
    width, refusal = run(MODEL, "someone/sharded", HF_ENDPOINT=hub.url, HF_HUB_OFFLINE="1")
    assert width == "32"
    assert "HF_HUB_OFFLINE forbids" in refusal
    assert not hub.log


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("facebook/dinov2-small", True),
        ("WinKawaks/vit-tiny-patch16-224", True),
        ("laion/CLIP-ViT-B-32-laion2B-s34B-b79K", True),
        ("dinov2", False),
        ("a/b/c", False),
        ("../weights", False),
        ("a/..", False),
        ("a/b--c", False),
        ("https://huggingface.co/a/b", False),
        ("", False),
    ],
)
def test_what_can_be_a_name_on_the_hub(name: str, valid: bool) -> None:
    assert is_hub_id(name) is valid
