"""A Hugging Face Hub on this machine: the few answers that a download needs, and misbehaviour on request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

MODEL = "someone/small-vit"  # what most tests ask for
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """``models``: id → folder served. ``gated``: ids whose files are refused to who has no ``token``.

    ``fails_for``: files that it has and cannot send. ``breaks_after``: bytes of a file after which every connection is
    cut. ``ranges``: whether a file can be had from its middle on.
    """

    models: dict[str, Path]
    gated: set[str] = field(default_factory=set)
    token: str = "hf_let_me_in"
    wrong_sums: bool = False
    status: int = 200
    fails_for: set[str] = field(default_factory=set)
    breaks_after: int | None = None
    ranges: bool = True
    log: list[tuple[str, str, str | None]] = field(default_factory=list)  # method, path, Range
    url: str = ""

    def gets(self, file: str) -> list[str | None]:
        """The Range of every GET of a file."""
        return [wanted for method, path, wanted in self.log if method == "GET" and path.endswith(file)]


@contextmanager
def serve(hub: Hub) -> Iterator[Hub]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *arguments: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self.answer()

        def do_GET(self) -> None:
            self.answer()

        def answer(self) -> None:
            path = urlsplit(self.path).path
            wanted = self.headers.get("Range")
            hub.log.append((self.command, path, wanted))
            if hub.status != 200:
                return self.send(hub.status, b"")
            if path.startswith("/api/models/"):
                return self.about("/".join(path.split("/")[3:5]))
            owner, name, _, _, file = path.strip("/").split("/", 4)
            return self.file(f"{owner}/{name}", file, wanted)

        def about(self, model: str) -> None:
            if model not in hub.models:
                return self.send(404, b"", {"X-Error-Code": "RepoNotFound"})
            files = [{"rfilename": f.name, "size": f.stat().st_size} for f in sorted(hub.models[model].iterdir())]
            return self.send(200, json.dumps({"id": model, "sha": COMMIT, "siblings": files}).encode())

        def file(self, model: str, name: str, wanted: str | None) -> None:
            if model in hub.gated and self.headers.get("Authorization") != f"Bearer {hub.token}":
                return self.send(403, b"", {"X-Error-Code": "GatedRepo"})
            path = hub.models[model] / name
            if not path.is_file():
                return self.send(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
            if name in hub.fails_for:
                return self.send(503, b"")
            data = path.read_bytes()
            etag = hashlib.sha256(data + name.encode() if hub.wrong_sums else data).hexdigest()
            headers = {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
            if wanted and hub.ranges:
                start = int(wanted.removeprefix("bytes=").split("-")[0])
                headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
                return self.send(206, data[start:], headers)
            return self.send(200, data, headers)

        def send(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for key, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
                self.send_header(key, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data[: hub.breaks_after])
                self.close_connection = hub.breaks_after is not None and len(data) > hub.breaks_after

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
