"""The files in deploy/: they name what exists and agree with the app; nginx, the real one, keeps people apart."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from benchmarks.person import choose_upload, own_picture
from benchmarks.served import Served, answering, ask, free_port, served
from benchmarks.session import LostError, Session
from tests.support.places import ROOT

DEPLOY = ROOT / "deploy"
TEMPLATE = DEPLOY / "nginx.conf.template"
KINDS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")  # folders nginx wants, used or not
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def filled(values: dict[str, object]) -> str:
    """The template as nginx's image fills it in: ``${NAME}`` of what is set, nothing else."""
    return re.sub(r"\$\{(\w+)\}", lambda found: str(values[found[1]]), TEMPLATE.read_text(encoding="utf-8"))


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no git checkout: what is tracked is not known")
def test_image_copies_what_exists() -> None:
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    sources = [source for line in lines if line.startswith("COPY") for source in line.split()[1:-1]]
    assert {"app.py", "main.py", "ui", "vit", "pages", ".streamlit", "weights"} <= set(sources)
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert [s for s in sources if not any(file == s or file.startswith(f"{s}/") for file in tracked)] == []


def test_compose_names_what_exists() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    services = compose["services"]
    replica, nginx = services["replica_1"], services["nginx"]
    assert (DEPLOY / replica["build"]["context"] / replica["build"]["dockerfile"]).is_file()
    assert (DEPLOY / nginx["volumes"][0].split(":")[0]).resolve() == TEMPLATE
    assert set(nginx["environment"]) == set(re.findall(r"\$\{(\w+)\}", TEMPLATE.read_text(encoding="utf-8")))
    hosts = {nginx["environment"][name].split(":")[0] for name in ("REPLICA_1", "REPLICA_2")}
    assert hosts == set(nginx["depends_on"]) == set(services) - {"nginx"}


def test_nginx_lets_through_what_the_app_takes() -> None:
    app = re.search(r"STREAMLIT_SERVER_MAX_UPLOAD_SIZE=(\d+)", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"))
    largest = re.search(r"client_max_body_size (\d+)m;", TEMPLATE.read_text(encoding="utf-8"))
    assert largest
    assert app
    assert int(largest[1]) == int(app[1]) + 1


@contextmanager
def nginx(folder: Path, values: dict[str, object]) -> Iterator[str]:
    """A real nginx with the shipped file; yields its address."""
    (folder / "site.conf").write_text(filled(values), encoding="utf-8")
    # Run by root, its workers would be somebody else, who may not write to this folder: uploads go through it.
    user = "user root; " if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; include site.conf;\n"
        + "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in KINDS)
        + "}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")])
    address = f"http://127.0.0.1:{values['LISTEN'].rpartition(':')[2]}"
    try:
        answering(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def people_at(replica: Served) -> int:
    """How many people are connected to a replica, as it says itself."""
    with ask(f"{replica.address}/_stcore/metrics", timeout=10) as answer:
        return int(re.search(r"^active_sessions\S* (\d+)", answer.read().decode(), re.MULTILINE)[1])


@pytest.mark.slow
@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_people_stay_with_their_replica_and_survive_the_others_end(tmp_path: Path) -> None:
    with served() as first, served() as second:
        values = {
            "LISTEN": f"127.0.0.1:{free_port()}",
            "REPLICA_1": f"127.0.0.1:{first.port}",
            "REPLICA_2": f"127.0.0.1:{second.port}",
        }
        with nginx(tmp_path, values) as address:
            asyncio.run(_class(address, first, second))


async def _bring_a_picture(session: Session, number: int) -> None:
    name, data, _ = own_picture(number)
    await session.upload(await choose_upload(session), name, data)
    assert f"**{name}**" in session.text().replace("\\", "")


async def _class(address: str, first: Served, second: Served) -> None:
    here = [Session(address, {"vit_replica": "replica_1"}) for _ in range(2)]
    there = [Session(address, {"vit_replica": "replica_2"}) for _ in range(2)]
    for number, session in enumerate(here + there):
        await session.__aenter__()
        await session.open("overview")
        await _bring_a_picture(session, number)  # refused by every replica but the one that holds the socket
        await session.fetch(json.loads(session.component("vit_whole_model").json)[0]["url"])
    assert (people_at(first), people_at(second)) == (2, 2)
    assert [s.cookies["vit_replica"] for s in here + there] == ["replica_1"] * 2 + ["replica_2"] * 2

    async with Session(address) as newcomer:  # draws a lot on the first request and keeps to it
        drawn = newcomer.cookies["vit_replica"]
        await newcomer.open("overview")
        assert newcomer.cookies["vit_replica"] == drawn
        assert people_at({"replica_1": first, "replica_2": second}[drawn]) == 3

    first.process.kill()
    for session in here:
        with pytest.raises(LostError):
            await session.go("patches")
    for session in there:  # the same socket, undisturbed
        await session.go("patches")
        assert "**own" in session.text()
    for number, session in enumerate(here):
        await session.connect()
        await session.open("patches")
        assert session.cookies["vit_replica"] == "replica_2"
        await _bring_a_picture(session, number)
    assert people_at(second) == 4
    for session in here + there:
        await session.__aexit__(None, None, None)
