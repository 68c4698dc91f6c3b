"""The part of a visit that is plain requests: pictures, uploads, and the cookies that come and go with them."""

from __future__ import annotations

import asyncio
import gzip
import urllib.request
from urllib.parse import urlsplit

from benchmarks.served import ask

PATIENCE = 120.0  # seconds to wait for an answer before it counts as lost


class LostError(Exception):
    """What a person would see as the app being broken: a dropped socket, an answer that never comes, an error."""


class Cookies:
    """A browser's memory of one server: its address, and the cookies it has set."""

    def __init__(self, address: str, cookies: dict[str, str] | None = None) -> None:
        self.address = address.rstrip("/")
        self.cookies = dict(cookies or {})

    async def fetch(
        self, path: str, method: str = "GET", body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> bytes:
        """The bytes at ``path``; cookies are kept. LostError if the server refuses."""
        url = path if "://" in path else f"{self.address}/{path.lstrip('/')}"
        sent = {"Cookie": self.header(), "Origin": self.address, "Accept-Encoding": "gzip", **(headers or {})}
        request = urllib.request.Request(url, body, sent, method=method)

        def exchange() -> tuple[bytes, list[str], str]:
            with ask(request, timeout=PATIENCE) as answer:
                found = answer.headers.get_all("Set-Cookie") or []
                return answer.read(), found, answer.headers.get("Content-Encoding", "")

        try:
            data, set_cookies, encoding = await asyncio.to_thread(exchange)
        except OSError as error:
            raise LostError(f"{method} {urlsplit(url).path}: {error}") from error
        self.keep(set_cookies)
        if encoding == "gzip":
            data = gzip.decompress(data)
        return data

    def keep(self, lines: list[str]) -> None:
        """Take what the server's ``Set-Cookie`` lines say."""
        for line in lines:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name.strip()] = value

    def header(self) -> str:
        """The ``Cookie`` header of the next request."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())
