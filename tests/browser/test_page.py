from pathlib import Path

import pytest
import urllib3
from playwright.sync_api import BrowserContext, Response, expect

from local.stack import LocalStack
from tests.browser.conftest import OpenConsole
from tests.browser.console_page import Console

AXE = (Path(__file__).parent / "node_modules/axe-core/axe.min.js").read_text()
RUN_AXE = """async () => {
  const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await axe.run(document, { runOnly });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}"""
PAINT = """() => new Promise((resolve) => {
  const first = performance.getEntriesByName("first-contentful-paint")[0];
  if (first) resolve(first.startTime);
  const observer = new PerformanceObserver((list) => resolve(list.getEntries()[0].startTime));
  observer.observe({ type: "paint", buffered: true });
})"""
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def violations(console: Console) -> list[str]:
    console.page.evaluate(AXE)
    found: list[str] = console.page.evaluate(RUN_AXE)
    return found


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_everybody_can_use_it(console: Console, scheme: str, width: int) -> None:
    console.page.emulate_media(color_scheme=scheme)
    console.page.set_viewport_size({"width": width, "height": 800})
    assert violations(console) == []

    console.ask_with({"session": {"type": "realtime", "voice": "marin"}})
    console.mint()
    expect(console.failure).to_be_visible()
    assert violations(console) == []

    console.page.get_by_role("button", name="Reset body").click()
    console.connect()
    expect(console.transcript).to_contain_text("offline peer")
    for summary in console.page.locator("section summary").all():
        summary.click()
    assert violations(console) == []
    assert not console.page.evaluate(TOO_WIDE)


def test_those_who_sign_in_can_use_it_too(
    open_console: OpenConsole, jwt_stack: LocalStack, iam_stack: LocalStack
) -> None:
    assert violations(open_console(jwt_stack)) == []
    assert violations(open_console(iam_stack)) == []


def test_a_keyboard_is_enough(console: Console) -> None:
    console.page.keyboard.press("Tab")
    console.page.keyboard.press("Enter")
    expect(console.page.locator("#conversation")).to_be_focused()
    console.page.keyboard.press("Tab")
    console.page.keyboard.press("Enter")
    expect(console.page.get_by_role("button", name="Hang up")).to_be_focused()
    console.page.keyboard.press("Enter")
    expect(console.page.get_by_role("button", name="Connect", exact=True)).to_be_focused()

    console.page.get_by_role("tab", name="curl").focus()
    console.page.keyboard.press("ArrowRight")
    expect(console.page.get_by_role("tab", name="Python")).to_be_focused()
    expect(console.page.locator("#snippet")).to_contain_text("from openai import OpenAI")


def test_it_is_small_and_soon_there(context: BrowserContext, stack: LocalStack) -> None:
    answers: list[Response] = []
    context.on("response", lambda response: answers.append(response))
    console = Console(context, stack.gateway.url, stack.gateway.url).open()

    assert console.page.evaluate(PAINT) < 1000
    assert sum(len(each.body()) for each in answers) < 100_000
    assert len(answers) > 10


def test_only_the_page_itself_is_asked_for_again(console: Console) -> None:
    console.open()
    transferred = console.page.evaluate(
        """Object.fromEntries(performance.getEntriesByType("resource")
          .filter(({ name }) => /[.](js|css)$/.test(name))
          .map(({ name, transferSize }) => [name, transferSize]))"""
    )

    assert len(transferred) > 10
    assert set(transferred.values()) == {0}


def test_what_the_browser_has_is_not_sent_again(stack: LocalStack) -> None:
    url = f"{stack.gateway.url}/"
    first = urllib3.request("GET", url)
    again = urllib3.request("GET", url, headers={"if-none-match": first.headers["etag"]})

    assert (first.status, again.status, again.data) == (200, 304, b"")
    assert again.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize("path", ["/console/app.py", "/console/index.html", "/console/main.js"])
def test_there_is_no_other_file(stack: LocalStack, path: str) -> None:
    answer = urllib3.request("GET", stack.gateway.url + path)

    assert answer.status == 404
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_link_into_the_page_does_nothing(open_console: OpenConsole, stack: LocalStack) -> None:
    console = open_console(stack, "?token=planted&profile=planted&connect=1#planted")

    assert "planted" not in console.page.locator("html").evaluate("(page) => page.outerHTML")
    filled = [
        field.input_value() for field in console.page.locator("input:not([type=radio])").all()
    ]
    assert filled.count("") == len(filled) - 1
    assert "default" in filled
    expect(console.status).to_have_text("Not connected.")


def test_a_reload_and_the_way_back_forget_everything(console: Console) -> None:
    console.connect()
    console.page.reload()
    expect(console.page.locator("#secret")).to_be_hidden()
    expect(console.status).to_have_text("Not connected.")

    console.connect()
    console.page.goto("about:blank")
    console.page.go_back()
    expect(console.page.locator("#secret")).to_be_hidden()
    expect(console.page.get_by_role("button", name="Hang up")).to_be_hidden()


def test_it_cannot_be_framed(
    context: BrowserContext, elsewhere: str, tmp_path: Path, stack: LocalStack
) -> None:
    (tmp_path / "index.html").write_text(f'<iframe src="{stack.gateway.url}/"></iframe>')
    page = context.new_page()
    page.goto(elsewhere)
    page.wait_for_timeout(300)

    assert all("Realtime console" not in frame.content() for frame in page.frames)
