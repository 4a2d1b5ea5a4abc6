"""The console: one static page to try a deployment with, and the rules a browser shall hold it to.

1. files: read and rendered once per execution environment, named by their content.
2. answer: the file, 304 where the browser has it, 404 for any other name.

The function has no permission and no secret; what it puts into the page is public.
"""

import functools
import hashlib
import html
import os
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

PAGE = Path(__file__).with_name("page")
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# The page names the files, so it is asked for each time; a file's name changes with its content.
REVALIDATED = "no-cache"
IMMUTABLE = "public, max-age=31536000, immutable"
NOT_STORED = "no-store"
_REFERENCE = re.compile(r"""(?<=["'/])(\w+)(?=\.(?:css|js|svg)["'])""")


@dataclass(frozen=True)
class Settings:
    """What the page is told of its deployment.

    Attributes:
        openai_base_url: Where a client secret is used; the page may reach this origin and its own.
        auth_mode: `IAM`, `JWT`, or `NONE` on a developer's machine.
        region: For the signed curl line.
    """

    openai_base_url: str
    auth_mode: str
    region: str

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> Self:
        """Read the function's variables; Lambda itself sets `AWS_REGION`.

        Raises:
            KeyError: A variable is missing; its name is the argument.
        """
        return cls(
            openai_base_url=environment["OPENAI_BASE_URL"].rstrip("/"),
            auth_mode=environment["AUTH_MODE"],
            region=environment.get("AWS_REGION", ""),
        )

    @property
    def openai_origin(self) -> str:
        """Scheme and host of the base URL, as a Content-Security-Policy names it."""
        url = urlsplit(self.openai_base_url)
        return f"{url.scheme}://{url.netloc}"


@dataclass(frozen=True)
class File:
    """A file as it is sent; `etag` with its quotes."""

    body: str
    content_type: str
    cache_control: str
    etag: str


@functools.cache
def files() -> dict[str, File]:
    """Every file there is by its public name; the page itself is the empty name."""
    return rendered(PAGE, Settings.from_env(os.environ))


def rendered(folder: Path, settings: Settings) -> dict[str, File]:
    """The files of *folder*, referring to each other by names that change with any content.

    Returns:
        The page under the empty name, all others as `name.version.suffix`.
    """
    sources = {path.name: path.read_text("utf-8") for path in sorted(folder.iterdir())}
    # One version for all, as modules import each other and only fit together.
    version = hashlib.sha256("\0".join(sources.values()).encode()).hexdigest()[:12]
    found = {}
    for name, source in sources.items():
        stem, _, suffix = name.rpartition(".")
        text = _REFERENCE.sub(rf"\g<1>.{version}", source) if suffix in ("html", "js") else source
        is_page = name == "index.html"
        if is_page:
            given = {key: html.escape(value) for key, value in vars(settings).items()}
            text = string.Template(text).substitute(given)
        found["" if is_page else f"{stem}.{version}.{suffix}"] = File(
            body=text,
            content_type=TYPES[f".{suffix}"],
            cache_control=REVALIDATED if is_page else IMMUTABLE,
            etag=f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"',
        )
    return found


def security_headers(openai_origin: str) -> dict[str, str]:
    """What the browser shall forbid: every source, frame and feature but those used."""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": f"'self' {openai_origin}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "permissions-policy": "microphone=(self), clipboard-write=(self), camera=(), "
        "geolocation=(), display-capture=(), payment=(), usb=()",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "strict-transport-security": "max-age=63072000; includeSubDomains",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }


def answer(status: int, headers: Mapping[str, str], body: str = "") -> dict[str, Any]:
    """An answer for API Gateway, with the headers that every one of them carries."""
    always = security_headers(Settings.from_env(os.environ).openai_origin)
    return {"statusCode": status, "headers": {**always, **headers}, "body": body}


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """AWS Lambda's entry point: `GET /` is the page, `GET /console/{file}` a file of it."""
    del context
    file = files().get((event.get("pathParameters") or {}).get("file", ""))
    if file is None:
        return answer(
            404,
            {"content-type": "text/plain; charset=utf-8", "cache-control": NOT_STORED},
            "There is no such file. Reload the page: a new version may have been deployed.",
        )
    caching = {"cache-control": file.cache_control, "etag": file.etag}
    if file.etag in event["headers"].get("if-none-match", ""):
        return answer(304, caching)
    return answer(200, {**caching, "content-type": file.content_type}, file.body)
