"""The app as a process of its own: its address, its memory, what it wrote."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import resident

# A server on this machine is asked directly, whatever proxy the environment names for the rest of the world.
ask = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Served:
    """A running server."""

    process: subprocess.Popen
    port: int
    log: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def resident(self) -> int:
        """Bytes it holds in memory now."""
        return resident("VmRSS", self.process.pid)

    @property
    def peak(self) -> int:
        """Bytes it held at most."""
        return resident("VmHWM", self.process.pid)

    def complaint(self) -> str:
        """The end of what it wrote, where the last traceback stands, without the colours."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return re.sub(r"\x1b\[[0-9;]*m", "", text)[-3000:]

    def seconds(self) -> float:
        """Processor time that it, and what it started and has ended, has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(
    environment: Mapping[str, str] | None = None, app: Path = ROOT / "app.py", options: Sequence[str] = ()
) -> Iterator[Served]:
    """A fresh server on a free port of this machine, as ``make run`` starts it; ended on the way out.

    ``app``: another script, served from its own folder; ``options``: Streamlit's, in place of a config file there.
    """
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", app.name, *options]
    with tempfile.NamedTemporaryFile(prefix="served-", suffix=".log") as log:
        process = subprocess.Popen(
            [*command, "--server.address", "127.0.0.1", "--server.port", str(port)],
            cwd=app.parent,
            env=os.environ | {"HF_HUB_OFFLINE": "1"} | dict(environment or {}),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            server = Served(process, port, Path(log.name))
            answering(server.address, process, log=Path(log.name))
            yield server
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def answering(address: str, process: subprocess.Popen, log: Path | None = None) -> None:
    """Wait until the app answers at ``address``; RuntimeError, with the ``log``, if the process ends or never does."""
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            ask(f"{address}/_stcore/health", timeout=5)
            return
        except OSError:
            time.sleep(0.1)
    words = log.read_text(encoding="utf-8", errors="replace") if log else ""
    raise RuntimeError(f"Nothing answers at {address}.\n{words}")
