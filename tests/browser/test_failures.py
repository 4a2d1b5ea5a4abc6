import dataclasses
import re

import pytest
import urllib3
from playwright.sync_api import expect

from local.openai_standin import Answer
from local.stack import LocalStack
from tests.browser.conftest import OpenConsole
from tests.browser.console_page import Console

REFUSE_MICROPHONE = """(name) => {
  navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("no", name); };
}"""


# Real ICE takes half a minute to give a connection up.
LET_BREAK = """
const Real = RTCPeerConnection;
window.RTCPeerConnection = class extends Real {
  constructor(...given) { super(...given); window.peer = this; }
};"""
BREAK = """() => {
  Object.defineProperty(window.peer, "connectionState", { value: "failed" });
  window.peer.dispatchEvent(new Event("connectionstatechange"));
}"""


def press_connect(console: Console) -> None:
    console.page.get_by_role("button", name="Connect", exact=True).click()


def token_for(stack: LocalStack, caller: str) -> str:
    assert stack.issuer is not None
    return stack.issuer.access_token(sub=caller)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NotFoundError", "There is no microphone."),
        ("NotAllowedError", "The microphone was refused."),
        ("NotReadableError", "The microphone is in use."),
        ("UnknownError", "The microphone does not work."),
    ],
)
def test_without_a_microphone_it_says_why_and_lets_people_type(
    console: Console, name: str, words: str
) -> None:
    console.page.evaluate(REFUSE_MICROPHONE, name)
    press_connect(console)
    expect(console.failure).to_contain_text(words)
    console.page.get_by_role("button", name="Connect without a microphone").click()

    expect(console.status).to_have_text("Connected. Type something.")
    console.write("Hello")
    expect(console.transcript).to_contain_text("You wrote: Hello")


def test_errors_are_shown_at_the_fields_they_name(console: Console) -> None:
    console.ask_with({"session": {"type": "realtime", "voice": "marin", "tools": [{"type": "x"}]}})
    console.mint()

    expect(console.failure).to_contain_text("The session is not accepted.")
    wrong = console.page.locator(".line.wrong")
    expect(wrong.first).to_contain_text('"voice": "marin"')
    assert wrong.count() >= 2
    body = console.page.get_by_label("Request body")
    expect(body).to_have_attribute("aria-invalid", "true")
    console.page.get_by_role("button", name="session.voice").click()
    selected = body.evaluate("(area) => area.value.slice(area.selectionStart, area.selectionEnd)")
    assert selected == '"voice": "marin"'
    body.press("End")
    body.type(" ")
    expect(wrong).to_have_count(0)


def test_a_missing_field_is_shown_at_what_lacks_it(console: Console) -> None:
    console.ask_with({"session": {"model": "gpt-realtime-2.1"}})
    console.mint()

    expect(console.page.locator("#body-errors")).to_contain_text("session.type")
    expect(console.page.locator(".line.wrong").first).to_contain_text('"session"')


def test_a_body_that_is_no_json_is_refused_by_the_endpoint(console: Console) -> None:
    console.ask_with('{"session": ')
    console.mint()

    expect(console.failure).to_contain_text("The session is not accepted.")
    expect(console.page.locator("#snippet")).to_have_text("The request body is not JSON yet.")


def test_what_the_profile_forbids_is_shown_at_the_field(console: Console) -> None:
    console.choose(profile="locked-down")
    console.ask_with({"session": {"type": "realtime", "instructions": "Shout."}})
    console.mint()

    expect(console.failure).to_contain_text("The profile does not allow this.")
    expect(console.page.locator("#body-errors")).to_contain_text("session.instructions")


def test_an_unknown_profile_is_shown_at_its_field(console: Console) -> None:
    console.choose(profile="no-such-profile")
    console.mint()

    expect(console.page.locator("#profile-error")).to_have_text("There is no profile of this name.")
    expect(console.page.get_by_label("Profile")).to_have_attribute("aria-invalid", "true")


def test_an_expired_secret_is_told_and_replaced(console: Console, stack: LocalStack) -> None:
    assert stack.standin is not None
    console.mint()
    expect(console.page.locator("#secret")).to_be_visible()
    value, known = list(stack.standin.issued.items())[-1]
    stack.standin.issued[value] = dataclasses.replace(known, expires_at=0)
    press_connect(console)

    expect(console.failure).to_contain_text("The client secret has expired.")
    expect(console.page.locator("#secret")).to_be_hidden()
    console.connect()


def test_a_failing_upstream_is_told_when_minting(console: Console, stack: LocalStack) -> None:
    assert stack.standin is not None
    stack.standin.script(*[Answer(500, {"error": {"message": "down"}})] * 3)
    console.mint()

    expect(console.failure).to_contain_text("OpenAI failed. Try again")
    expect(console.failure).to_contain_text("Request ")
    stack.standin.forget()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (500, "OpenAI failed to open the call."),
        (429, "OpenAI takes no more calls right now."),
        (403, "OpenAI did not open the call. Model not allowed."),
    ],
)
def test_a_failing_upstream_is_told_when_calling(
    console: Console, stack: LocalStack, status: int, words: str
) -> None:
    assert stack.standin is not None
    console.mint()
    expect(console.page.locator("#secret")).to_be_visible()
    stack.standin.script(Answer(status, {"error": {"message": "Model not allowed."}}))
    press_connect(console)

    expect(console.failure).to_contain_text(words)
    expect(console.status).to_have_text("Not connected.")


def test_an_upstream_that_cannot_be_reached_is_told(console: Console) -> None:
    console.page.route("**/realtime/calls", lambda route: route.abort())
    press_connect(console)

    expect(console.failure).to_contain_text("OpenAI does not answer.")


def test_an_endpoint_that_has_stopped_is_told(console: Console) -> None:
    console.page.route("**/client_secrets", lambda route: route.abort())
    press_connect(console)

    expect(console.failure).to_contain_text("The endpoint does not answer. Is it still running?")


def test_being_offline_is_told(console: Console) -> None:
    console.page.context.set_offline(True)
    press_connect(console)

    expect(console.failure).to_contain_text("You are offline.")
    console.page.context.set_offline(False)
    console.connect()


def test_a_lost_connection_is_told_and_can_be_made_again(console: Console) -> None:
    console.page.add_init_script(LET_BREAK)
    console.open().connect()
    console.page.evaluate(BREAK)

    expect(console.failure).to_contain_text("The connection was lost. Connect again to go on.")
    expect(console.status).to_have_text("Not connected.")
    console.connect()


def test_signing_in_a_quota_and_nobody_who_takes_the_call(
    open_console: OpenConsole, jwt_stack: LocalStack
) -> None:
    console = open_console(jwt_stack)
    press_connect(console)
    expect(console.failure).to_contain_text("The endpoint does not know you.")
    expect(console.failure).to_contain_text("make -s token")

    console.page.get_by_label("Access token").fill(token_for(jwt_stack, "anna"))
    press_connect(console)
    expect(console.failure).to_contain_text("Nobody picks up here.")
    expect(console.failure).to_contain_text("make talk")

    console.mint()
    expect(console.failure).to_contain_text("Too many requests.")
    expect(console.failure).to_contain_text(re.compile(r"Try again in \d+ s\."))
    expect(console.page.get_by_role("button", name="Connect", exact=True)).to_be_disabled()
    assert "anna" not in console.page.evaluate("JSON.stringify([{...localStorage}, location.href])")
    console.page.reload()
    assert console.page.get_by_label("Access token").input_value() == ""


def test_an_iam_deployment_shows_the_signed_curl_and_takes_its_answer(
    open_console: OpenConsole, iam_stack: LocalStack
) -> None:
    assert iam_stack.standin is not None
    console = open_console(iam_stack)
    expect(console.page.get_by_text("This deployment takes signed calls.")).to_be_visible()
    expect(console.page.locator("#snippet")).to_contain_text("--aws-sigv4 aws:amz:us-east-1")
    press_connect(console)
    expect(console.failure).to_contain_text("There is no client secret yet.")
    console.page.get_by_label("Client secret, or the whole answer").fill("sk-test-nonsense")
    press_connect(console)
    expect(console.failure).to_contain_text("This is no client secret.")

    answer = urllib3.request(
        "POST",
        f"{iam_stack.standin.base_url}/realtime/client_secrets",
        json={"session": {"type": "realtime"}},
        headers={"authorization": "Bearer sk-test-canary"},
    )
    console.page.get_by_label("Client secret, or the whole answer").fill(answer.data.decode())
    console.connect()

    expect(console.page.locator("#secret-value")).to_have_text(re.compile(r"^ek_•+\w{4}$"))
