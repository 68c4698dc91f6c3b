"""Training on two machines, as ``deploy/README.md`` says: here two network namespaces with a cable between them."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.places import ROOT
from tests.support.runs import TINY, losses, spawn

pytestmark = pytest.mark.slow
HOSTS = {"first-machine": "10.77.0.1", "second-machine": "10.77.0.2"}
CABLE = "cable"  # the name of either end


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=20)


@pytest.fixture
def inside() -> Iterator[dict[str, list[str]]]:
    """What to put before a command so that it runs on a host: they know each other by name, and nobody else."""
    spaces = {host: f"vit-{os.getpid()}-{host}" for host in HOSTS}
    files = {host: Path("/etc/netns") / space for host, space in spaces.items()}  # shown as /etc in there
    try:
        for host, space in spaces.items():
            ip("netns", "add", space)
            files[host].mkdir(parents=True)
            names = "".join(f"{address} {name}\n" for name, address in HOSTS.items())
            (files[host] / "hosts").write_text(f"127.0.0.1 localhost\n{names}")
        one, two = spaces.values()
        ip("link", "add", CABLE, "netns", one, "type", "veth", "peer", "name", CABLE, "netns", two)
        for host, address in HOSTS.items():
            ip("-n", spaces[host], "address", "add", f"{address}/24", "dev", CABLE)
            for link in ("lo", CABLE):
                ip("-n", spaces[host], "link", "set", link, "up")
        named = ("unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"')
        yield {host: ["ip", "netns", "exec", space, *named, host] for host, space in spaces.items()}
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no network namespaces here: {error}")
    finally:
        for host, space in spaces.items():
            subprocess.run(["ip", "netns", "delete", space], capture_output=True, check=False)
            shutil.rmtree(files[host], ignore_errors=True)


def test_two_hosts_make_the_run_that_one_makes(inside: dict[str, list[str]], tmp_path: Path) -> None:
    settings = [*TINY, "training.epochs=0.3", "model.dropout=0", "training.precision=fp32"]
    command = [
        *(sys.executable, "-m", "torch.distributed.run", "--nnodes", "2", "--nproc-per-node", "1"),
        *("--rdzv-backend", "c10d", "--rdzv-endpoint", "first-machine:29500"),
        *("-m", "vit.train", *settings, f"hydra.run.dir={tmp_path}/day/two"),
    ]
    both = [
        subprocess.Popen([*host, *command], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for host in inside.values()
    ]
    try:
        said = [one.communicate(timeout=250)[0] for one in both]
    finally:
        for one in both:
            one.terminate()  # torchrun ends its processes first; killed, it would leave them behind
            one.wait(60)
    assert [one.returncode for one in both] == [0, 0], "\n".join(said)
    one = spawn(["vit.train", *settings, f"hydra.run.dir={tmp_path}/day/one"])
    assert one.wait(timeout=250) == 0, one.stdout.read()
    first, second = losses(tmp_path / "day" / "one"), losses(tmp_path / "day" / "two")
    assert list(first) == list(second) == list(range(1, 43))
    assert all(math.isclose(first[step], second[step], rel_tol=1e-4) for step in first)
