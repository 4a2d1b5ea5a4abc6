import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, expect

from local.openai_calls import Issued
from local.openai_sessions import effective_session
from local.openai_standin import Answer
from local.peer.calls import WebRtcCalls
from local.stack import LocalStack
from tests.browser.console_page import DEAF, Console


def minted(stack: LocalStack) -> int:
    assert stack.standin is not None
    return sum(each.path.endswith("/client_secrets") for each in stack.standin.requests)


def test_one_click_leads_to_hearing_an_answer(console: Console, stack: LocalStack) -> None:
    console.connect()
    console.wait_until_heard("you")
    console.wait_until_heard("them")
    expect(console.status).to_have_text("Your turn.")

    expect(console.transcript).to_contain_text("seconds of speech")
    expect(console.transcript).to_contain_text("I am the offline peer")
    for number in ("#connect-time", "#first-audio"):
        expect(console.page.locator(number)).to_have_text(re.compile(r"^[\d.]+ m?s$"))
    for number in ("#tokens-in", "#tokens-out"):
        expect(console.page.locator(number)).to_have_text(re.compile(r"^[1-9]\d*$"))
    expect(console.page.locator("#secret-value")).to_have_text(re.compile(r"^ek_•+\w{4}$"))
    expect(console.page.locator("#secret-expiry")).to_have_text(re.compile(r"^in 9:\d\d$"))
    expect(console.page.locator("#secret-request")).to_have_text(re.compile(r"^req_\w+$"))
    session = json.loads(console.page.locator("#secret-session").text_content() or "")
    assert session["audio"]["output"]["voice"] == "marin"
    assert minted(stack) == 1


def test_an_answer_can_be_interrupted(console: Console) -> None:
    console.ask_with(DEAF)
    console.connect()
    console.write("Say a lot.")
    console.wait_until_heard("them")
    console.page.get_by_role("button", name="Interrupt").click()

    expect(console.status).to_have_text("Interrupted. Your turn.")
    expect(console.transcript).to_contain_text("interrupted")
    console.wait_until_quiet("them")


def test_a_muted_microphone_sends_silence(console: Console) -> None:
    console.connect()
    mute = console.page.get_by_role("button", name="Mute")
    mute.click()

    expect(mute).to_have_attribute("aria-pressed", "true")
    console.wait_until_quiet("you")
    mute.click()
    expect(mute).to_have_attribute("aria-pressed", "false")
    expect(console.status).to_have_text("You are heard again.")


def test_hanging_up_lets_the_microphone_go_and_the_same_secret_connects_again(
    console: Console, stack: LocalStack
) -> None:
    for _ in range(2):
        console.connect()
        expect(console.page.get_by_role("button", name="Hang up")).to_be_focused()
        console.page.get_by_role("button", name="Hang up").click()

        expect(console.status).to_have_text("You hung up.")
        expect(console.page.get_by_role("button", name="Connect", exact=True)).to_be_focused()
        assert console.level("you") == 0
    assert minted(stack) == 1


def test_another_session_takes_another_secret(console: Console, stack: LocalStack) -> None:
    console.mint()
    expect(console.page.locator("#secret")).to_be_visible()
    console.ask_with({"session": {**DEAF["session"], "output_modalities": ["text"]}})
    console.connect()
    console.write("Good morning.")

    expect(console.transcript).to_contain_text("You wrote: Good morning.")
    assert minted(stack) == 2
    expect(console.page.locator("#first-audio")).not_to_contain_text("s")


def test_a_function_call_shows_its_arguments_and_takes_a_result(console: Console) -> None:
    parameters = {"type": "object", "properties": {"city": {"type": "string"}}}
    tool = {"type": "function", "name": "weather", "parameters": parameters}
    console.ask_with({"session": {**DEAF["session"], "tools": [tool]}})
    console.connect()
    console.write("How is the weather?")

    expect(console.transcript).to_contain_text('weather({"city": "example"})')
    result = console.page.get_by_label("Result of weather")
    result.fill('{"sky": "clear"}')
    console.page.get_by_role("button", name="Send result").click()
    expect(console.transcript).to_contain_text('Your function returned {"sky": "clear"}.')


def test_the_events_are_shown_raw_both_ways_and_can_be_filtered(console: Console) -> None:
    console.ask_with(DEAF)
    console.connect()
    console.write("Hello")
    expect(console.transcript).to_contain_text("You wrote: Hello")
    console.page.locator(".log > summary").click()
    console.page.get_by_label("Filter").fill("response.create")

    shown = console.events.locator("summary code")
    expect(shown).to_have_text(["response.create", "response.created"])
    expect(console.page.locator("#event-count")).to_have_text(re.compile(r"^2 of \d+$"))
    console.events.locator("summary").nth(1).click()
    expect(console.events.locator("pre")).to_contain_text('"status": "in_progress"')


def test_a_transcription_only_writes_down(console: Console) -> None:
    console.choose(profile="transcribe-only", kind="Transcription")
    console.connect()

    expect(console.transcript).to_contain_text("seconds of speech")
    expect(console.page.get_by_role("button", name="Interrupt")).to_be_hidden()
    expect(console.page.locator("#secret-session")).to_contain_text("gpt-4o-mini-transcribe")


def test_a_translation_is_heard_and_read(console: Console) -> None:
    console.choose(kind="Translation")
    console.connect()
    console.wait_until_heard("them")

    expect(console.transcript).to_contain_text("would be heard in es.")


def test_two_profiles_give_two_sessions(console: Console, stack: LocalStack) -> None:
    for profile, model in [
        ("default", "gpt-realtime-2.1"),
        ("locked-down", "gpt-realtime-2.1-mini"),
    ]:
        console.choose(profile=profile)
        console.connect()
        console.page.get_by_role("button", name="Hang up").click()

        session = json.loads(console.page.locator("#secret-session").text_content() or "")
        assert session["model"] == model
    assert minted(stack) == 2


def test_the_other_side_may_end_the_call(console: Console, calls: WebRtcCalls) -> None:
    console.connect()
    calls.hang_up()

    expect(console.failure).to_contain_text("The other side ended the call.")
    console.connect()


def test_a_call_outlives_its_client_secret(console: Console, stack: LocalStack) -> None:
    assert stack.standin is not None
    session = effective_session(DEAF["session"])
    answer: dict[str, Any] = {
        "value": "ek_0123456789abcdef",
        "expires_at": int(time.time()) + 4,
        "session": session,
    }
    stack.standin.issued[answer["value"]] = Issued(session, answer["expires_at"])
    stack.standin.script(Answer(200, answer))
    console.ask_with(DEAF)
    console.connect()
    expect(console.page.locator("#secret-expiry")).to_contain_text("Expired")

    console.write("Still there?")
    expect(console.transcript).to_contain_text("You wrote: Still there?")
    console.page.get_by_role("button", name="Hang up").click()
    console.connect()
    assert minted(stack) == 2


def test_make_talk_is_enough(context: BrowserContext) -> None:
    # One process, as the make target starts it; every other test has the stack in its own.
    served = subprocess.Popen(
        [sys.executable, "-m", "local.talk"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PORT": str(free_port())},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert served.stdout is not None
    url = served.stdout.readline().split()[1]
    console = Console(context, url, "http://127.0.0.1")

    console.open().connect()
    console.wait_until_heard("them")
    expect(console.transcript).to_contain_text("offline peer")

    served.send_signal(signal.SIGINT)
    assert served.communicate(timeout=10)[0].endswith("Stopped.\n")
    assert served.returncode == 0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
