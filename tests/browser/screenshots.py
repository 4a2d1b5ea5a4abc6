"""`make screenshots`: the pictures of the console in docs/, taken of a call to the offline peer."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from local.peer.calls import WebRtcCalls
from local.stack import LocalStack
from tests.browser import chromium, speech
from tests.browser.console_page import Console

DOCS = Path(__file__).parents[2] / "docs"
# One port, so that two runs differ in nothing that is shown but times and ids.
SHELL = {"PORT": "3000", "QUOTA_PER_MINUTE": "0"}


def main() -> None:
    """Write the pictures and name them."""
    with (
        tempfile.TemporaryDirectory() as folder,
        WebRtcCalls() as calls,
        LocalStack.from_shell(SHELL, calls=calls, log=lambda _: None) as stack,
        sync_playwright() as playwright,
    ):
        recording = Path(folder, "speech.wav")
        speech.record(recording)
        browser = chromium.launch(playwright, recording)
        _call(browser, stack, "light", width=1280, height=1120)
        _call(browser, stack, "dark", width=1280, height=1120)
        _error(browser, stack, "error", width=390, height=844)
        browser.close()


def _console(browser: Browser, stack: LocalStack, scheme: str, width: int, height: int) -> Console:
    if stack.standin is None:
        sys.exit("unset OPENAI_API_KEY: the pictures are taken of the offline peer")
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=1.5,
        color_scheme="dark" if scheme == "dark" else "light",
    )
    return Console(context, stack.gateway.url, stack.standin.base_url).open()


def _call(browser: Browser, stack: LocalStack, name: str, *, width: int, height: int) -> None:
    console = _console(browser, stack, name, width, height)
    console.connect()
    console.wait_until_heard("them")
    expect(console.status).to_have_text("Your turn.")
    console.write("Thank you. Which voice is this?")
    expect(console.transcript).to_contain_text("You wrote")
    console.page.wait_for_timeout(1200)
    _take(console, name)


def _error(browser: Browser, stack: LocalStack, name: str, *, width: int, height: int) -> None:
    console = _console(browser, stack, name, width, height)
    console.ask_with({"session": {"type": "realtime", "voice": "marin", "max_output_tokens": 0}})
    console.mint()
    expect(console.failure).to_be_visible()
    console.page.evaluate(
        "document.getElementById('session-heading').scrollIntoView(); window.scrollBy(0, -24)"
    )
    _take(console, name)


def _take(console: Console, name: str) -> None:
    path = DOCS / f"console-{name}.png"
    console.page.screenshot(path=path)
    print(path.relative_to(DOCS.parent))
    console.page.context.close()


if __name__ == "__main__":
    main()
