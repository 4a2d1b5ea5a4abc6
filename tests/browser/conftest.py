"""A stack that takes calls, and Chromium with a page of it."""

import http.server
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from local.peer.calls import WebRtcCalls
from local.stack import LocalStack
from tests.browser import chromium, speech
from tests.browser.console_page import CLIENT_SECRET, Console

OpenConsole = Callable[..., Console]

expect.set_options(timeout=8_000)


@pytest.fixture(scope="session")
def calls() -> Iterator[WebRtcCalls]:
    with WebRtcCalls() as calls:
        yield calls


@pytest.fixture(scope="session")
def stack(calls: WebRtcCalls) -> Iterator[LocalStack]:
    """As `make talk` serves it; without quotas, which these tests would soon exhaust."""
    logged: list[str] = []
    unlimited = {"QUOTA_PER_MINUTE": "0", "QUOTA_PER_DAY": "0"}
    with LocalStack.from_shell(unlimited, calls=calls, log=logged.append) as stack:
        yield stack
    assert logged
    assert not any(CLIENT_SECRET.search(line) for line in logged)


@pytest.fixture(scope="session")
def jwt_stack() -> Iterator[LocalStack]:
    """Callers sign in, may ask once a minute, and nobody takes their calls."""
    with LocalStack.from_shell({"AUTH_MODE": "JWT", "QUOTA_PER_MINUTE": "1"}, log=print) as stack:
        yield stack


@pytest.fixture(scope="session")
def iam_stack(calls: WebRtcCalls) -> Iterator[LocalStack]:
    with LocalStack.from_shell({"AUTH_MODE": "IAM"}, calls=calls, log=print) as stack:
        yield stack


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    recording: Path = tmp_path_factory.mktemp("microphone") / "speech.wav"
    speech.record(recording)
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright, recording)
        yield browser
        browser.close()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """Another origin, which serves what is in `tmp_path`."""
    handler = partial(Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that has never been anywhere."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context
    context.close()


@pytest.fixture(scope="session")
def used_context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that may have the console's files already, which saves half the time."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context
    context.close()


@pytest.fixture
def open_console(used_context: BrowserContext) -> Iterator[OpenConsole]:
    """Opens consoles; checks and closes each when the test is over."""
    opened: list[Console] = []

    def open_console(stack: LocalStack, query: str = "") -> Console:
        assert stack.standin is not None
        console = Console(used_context, stack.gateway.url, stack.standin.base_url)
        opened.append(console)
        return console.open(query)

    yield open_console
    used_context.set_offline(False)
    try:
        for console in opened:
            console.check()
    finally:
        for console in opened:
            console.page.close()


@pytest.fixture
def console(open_console: OpenConsole, stack: LocalStack) -> Console:
    assert stack.standin is not None
    stack.standin.forget()
    return open_console(stack)
