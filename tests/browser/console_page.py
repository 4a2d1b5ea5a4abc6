"""The console in one tab: what a person does with it, and what the browser noticed meanwhile."""

import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, Request, expect

# Any client secret that is not masked.
CLIENT_SECRET = re.compile(r"ek_[0-9a-f]{8}")
# Noted by the browser itself, before the page's first script; read back by `violations`.
NOTE_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""
KEPT = """() => JSON.stringify([
  {...localStorage}, {...sessionStorage}, document.cookie, location.href, history.state,
  document.documentElement.outerHTML,
  [...document.querySelectorAll("input:not(#pasted), textarea")].map((field) => field.value),
])"""


# Answers what is typed; what the fake microphone says meanwhile interrupts nothing.
DEAF: dict[str, Any] = {
    "session": {"type": "realtime", "audio": {"input": {"turn_detection": None}}}
}


class Console:
    """One tab. `check` tells what a page may never do; every test ends with it."""

    def __init__(self, context: BrowserContext, url: str, upstream: str) -> None:
        self.page: Page = context.new_page()
        self.url = url
        self._allowed = {origin(url), origin(upstream)}
        self.requests: list[Request] = []
        self.messages: list[str] = []
        self.errors: list[str] = []
        self.page.add_init_script(NOTE_VIOLATIONS)
        self.page.on("request", lambda request: self.requests.append(request))
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _note(self, kind: str, text: str) -> None:
        self.messages.append(text)
        # Chromium's own line about a refused request, which several tests provoke.
        if kind == "error" and not text.startswith("Failed to load resource"):
            self.errors.append(text)

    def open(self, query: str = "") -> "Console":
        self.page.goto(self.url + "/" + query)
        expect(self.page.locator("#languages [role=tab]").first).to_be_visible()
        return self

    def connect(self) -> None:
        self.page.get_by_role("button", name="Connect", exact=True).click()
        # What the status says next may already be about what the fake microphone said.
        expect(self.page.get_by_role("button", name="Hang up")).to_be_visible()

    def write(self, text: str) -> None:
        self.page.get_by_label("Message").fill(text)
        self.page.get_by_role("button", name="Send", exact=True).click()

    def choose(self, *, profile: str = "default", kind: str = "Conversation") -> None:
        self.page.get_by_role("radio", name=kind).check(force=True)
        self.page.get_by_label("Profile").fill(profile)
        self.page.get_by_label("Profile").press("Tab")

    def ask_with(self, body: Mapping[str, Any] | str) -> None:
        text = body if isinstance(body, str) else json.dumps(body, indent=2)
        self.page.get_by_label("Request body").fill(text)

    def mint(self) -> None:
        self.page.get_by_role("button", name="Get client secret").click()

    @property
    def status(self) -> Any:
        return self.page.get_by_role("status")

    @property
    def failure(self) -> Any:
        return self.page.locator("#failure")

    @property
    def transcript(self) -> Any:
        return self.page.get_by_role("list", name="Transcript")

    @property
    def events(self) -> Any:
        return self.page.locator("#events")

    def level(self, whose: str) -> float:
        return float(
            self.page.locator(f"#level-{whose}").evaluate(
                "(meter) => meter.style.getPropertyValue('--level') || 0"
            )
        )

    def wait_until_heard(self, whose: str) -> None:
        self.wait_for(lambda: self.level(whose) > 0.2)

    def wait_until_quiet(self, whose: str) -> None:
        self.wait_for(lambda: self.level(whose) < 0.02)

    def wait_for(self, condition: Callable[[], bool], *, at_most_s: float = 10) -> None:
        # Playwright's own way evaluates a string in the page, which its policy forbids.
        give_up_at = time.monotonic() + at_most_s
        while not condition():
            assert time.monotonic() < give_up_at, "it did not happen in time"
            self.page.wait_for_timeout(20)

    def check(self) -> None:
        """No error, no violation, no request elsewhere, no client secret to be found."""
        assert self.errors == []
        assert self.page.evaluate("window.violations") == []
        elsewhere = {origin(each.url) for each in self.requests} - self._allowed
        assert elsewhere == set()
        kept = [self.page.evaluate(KEPT), *self.messages, *(each.url for each in self.requests)]
        assert not any(CLIENT_SECRET.search(text) for text in kept)


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
