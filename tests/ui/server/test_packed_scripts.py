"""Scripts arrive whole, packed once; what may change or cannot be unpacked is left as it is."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from ui.server.packed_scripts import PackedScripts

SCRIPT = "export const words = 'a patch becomes a token';\n" * 3000
FOR_EVER = "public, immutable, max-age=31536000"


@pytest.fixture
def asked() -> list[str]:
    """What was asked of the app behind."""
    return []


@pytest.fixture
def client(tmp_path: Path, asked: list[str]) -> TestClient:
    file = tmp_path / "index.js"
    file.write_text(SCRIPT)

    def script(request: Request) -> Response:
        asked.append(request.url.path)
        name = request.path_params["name"]
        if name == "gone.js":
            return Response("Not found", 404, {"cache-control": FOR_EVER}, "text/javascript")
        lasts = "no-cache" if name == "changes.js" else FOR_EVER
        kind = "video/x-numbers" if name == "numbers" else "text/javascript"
        return FileResponse(file, headers={"cache-control": lasts}, media_type=kind)

    return TestClient(Starlette(routes=[Route("/{name}", script)], middleware=[Middleware(PackedScripts)]))


def test_a_script_is_packed_once_and_arrives_whole(client: TestClient, asked: list[str]) -> None:
    for _ in range(3):
        with client.stream("GET", "/index.js", headers={"accept-encoding": "gzip, br"}) as answer:
            sent = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["cache-control"] == FOR_EVER
        assert answer.headers["content-type"].startswith("text/javascript")
        assert int(answer.headers["content-length"]) == len(sent) < len(SCRIPT) / 50
        assert gzip.decompress(sent).decode() == SCRIPT
    assert asked == ["/index.js"]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/index.js", {"accept-encoding": "identity"}),
        ("/changes.js", {}),
        ("/numbers", {}),
        ("/gone.js", {}),
        ("/index.js", {"range": "bytes=0-99"}),
    ],
)
def test_what_may_not_be_packed_is_left_alone(client: TestClient, path: str, headers: dict[str, str]) -> None:
    client.get("/index.js")  # packed and kept
    answer = client.get(path, headers={"accept-encoding": "gzip"} | headers)
    assert "content-encoding" not in answer.headers
    assert answer.text == {"/gone.js": "Not found"}.get(path, SCRIPT[:100] if "range" in headers else SCRIPT)
    assert answer.status_code == {"/gone.js": 404}.get(path, 206 if "range" in headers else 200)
