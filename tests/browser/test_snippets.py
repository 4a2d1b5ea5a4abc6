import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local.aws import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from local.stack import LocalStack
from tests.browser.conftest import OpenConsole
from tests.browser.console_page import Console

COMMANDS = {
    "curl": ["bash", "-c"],
    "Python": [sys.executable, "-c"],
    "JavaScript": [shutil.which("node") or "node", "--input-type=module", "--eval"],
}
AWKWARD = {
    "session": {"type": "realtime", "instructions": 'It\'s "quoted" #{here}, ${there}; ümläut\n'}
}


def snippet(console: Console, language: str) -> str:
    console.page.get_by_role("tab", name=language).click()
    return console.page.locator("#snippet").text_content() or ""


def run(language: str, code: str, folder: Path, **variables: str) -> str:
    done = subprocess.run(
        [*COMMANDS[language], code],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return done.stdout


@pytest.mark.parametrize("language", COMMANDS)
def test_what_is_copied_translates(console: Console, tmp_path: Path, language: str) -> None:
    console.choose(kind="Translation")

    assert "ek_" in run(language, snippet(console, language), tmp_path)


@pytest.mark.parametrize("language", COMMANDS)
def test_what_is_copied_sends_the_very_body(
    console: Console, stack: LocalStack, tmp_path: Path, language: str
) -> None:
    assert stack.standin is not None
    console.ask_with(AWKWARD)

    printed = run(language, snippet(console, language), tmp_path)

    assert "ek_" in printed
    assert stack.standin.requests[-1].json == AWKWARD


@pytest.mark.parametrize("language", ["curl", "Python"])
def test_what_is_copied_signs_in(
    open_console: OpenConsole, jwt_stack: LocalStack, tmp_path: Path, language: str
) -> None:
    assert jwt_stack.issuer is not None
    console = open_console(jwt_stack)
    console.page.get_by_label("Access token").fill("a-token-that-must-not-be-copied")
    code = snippet(console, language)

    token = jwt_stack.issuer.access_token(sub=f"copied {language}")
    assert "must-not-be-copied" not in code
    assert "ek_" in run(language, code, tmp_path, TOKEN=token)


@pytest.mark.parametrize("session_token", ["", "FwoGZXIvYXdzEXAMPLE+/="])
def test_the_signed_curl_works(
    open_console: OpenConsole, iam_stack: LocalStack, tmp_path: Path, session_token: str
) -> None:
    code = snippet(open_console(iam_stack), "curl")
    credentials = {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_SESSION_TOKEN": session_token,
    }

    assert "ek_" in run("curl", code, tmp_path, **credentials)


def test_the_code_of_a_call_is_complete(console: Console) -> None:
    code = snippet(console, "WebRTC")

    state = console.page.evaluate(
        f"""async () => {{
          const url = "v1/realtime/client_secrets";
          const minted = await fetch(url, {{ method: "POST", body: "{{}}" }});
          const clientSecret = await minted.json();
          {code}
          await new Promise((resolve) => {{ events.onopen = resolve; }});
          return events.readyState;
        }}"""
    )

    assert state == "open"
