"""`make run`: serve the whole stack on this machine until Ctrl-C.

Little is imported before the signals are in hand, so that Ctrl-C at any moment ends in one line.
"""

import contextlib
import os
import select
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.openai_calls import Calls
    from local.stack import LocalStack

_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ending:
    """Ctrl-C, SIGTERM or SIGHUP, however often, as one thing to wait for.

    No handler raises: an exception that comes up in a finalizer or in the import system is dropped,
    and so would be the Ctrl-C. `signal.pause` misses one that comes just before it; a byte in a
    pipe is there to be read.
    """

    def __init__(self) -> None:
        self._reading, writing = os.pipe()
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        for ending in _ENDINGS:
            signal.signal(ending, lambda *_: None)

    def has_come(self) -> bool:
        """Whether somebody wants it to end."""
        return bool(select.select([self._reading], [], [], 0)[0])

    def wait(self) -> None:
        """Until somebody does."""
        select.select([self._reading], [], [])


def main(take_calls: "Callable[[], contextlib.AbstractContextManager[Calls]] | None" = None) -> int:
    """Serve; 0 after Ctrl-C, 2 for a variable that cannot be used.

    Args:
        take_calls: Makes what takes WebRTC calls in place of OpenAI; without it, nobody does.
    """
    ending = Ending()
    with take_calls() if take_calls else contextlib.nullcontext() as calls:
        status = _serve(calls, ending)
    if status == 0:
        with contextlib.suppress(BrokenPipeError):
            print("\nStopped.", flush=True)
    return status


def _serve(calls: "Calls | None", ending: Ending) -> int:
    from local.parameters import VariableError
    from local.running import announced
    from local.settings import Settings
    from local.stack import LocalStack
    from local.template import read_template
    from local.terminal import access_line, readable, say

    try:
        settings = Settings.from_shell(os.environ, read_template())
        stack = LocalStack(
            settings,
            log=lambda line: say(readable(line)),
            on_handled=lambda handled: say(access_line(handled)),
            calls=calls,
        )
        with stack, announced(stack.gateway.port, stack.running):
            if not ending.has_come():
                for line in introduction(stack):
                    say(line)
            ending.wait()
    except VariableError as exc:
        print(exc, file=sys.stderr, flush=True)
        return 2
    return 0


def introduction(stack: "LocalStack") -> list[str]:
    """What a newcomer needs: the URL, whose OpenAI it is, and a line to paste."""
    url = stack.gateway.url
    lines = [f"Serving {url}   Ctrl-C stops it.", _about_openai(stack)]
    if stack.settings.parameters["Console"] == "true":
        lines.append(f"Open {url}/ in a browser to try it.")
    lines.append("")
    lines += _about_callers(stack)
    call = f"curl -s {url}/v1/realtime/client_secrets -H 'content-type: application/json'"
    body = """ -d '{"session":{"type":"realtime","model":"gpt-realtime-2.1"}}'"""
    lines += [f"  {call}{_credentials(stack)}{body}", ""]
    if stack.settings.auth_mode != "IAM":
        api_key = "anything" if stack.settings.auth_mode is None else "an access token"
        lines += [
            "With an OpenAI SDK:",
            "",
            f'  OpenAI(base_url="{url}/v1", api_key="{api_key}")',
            "",
        ]
    return lines


def _about_openai(stack: "LocalStack") -> str:
    if stack.takes_calls:
        return "OpenAI is a stand-in that takes calls: open the page and press Connect."
    if stack.standin is not None:
        return (
            "OpenAI is a stand-in, whose client secrets open nothing. "
            "OPENAI_API_KEY=… make run calls OpenAI itself."
        )
    return f"Client secrets come from {stack.settings.parameters['OpenAIBaseUrl']}."


def _about_callers(stack: "LocalStack") -> list[str]:
    if stack.settings.auth_mode is None:
        return [
            "Everyone is the caller user/local. AUTH_MODE=JWT or IAM make run asks who calls.",
            "",
        ]
    if stack.settings.auth_mode == "IAM":
        return ["Callers sign with the one local access key.", ""]
    if stack.issuer is None:
        return [f"Callers need an access token of {stack.settings.parameters['JwtIssuer']}.", ""]
    return [
        f"Callers need an access token of {stack.issuer.url}: `{_make_token(stack)}` prints one,",
        f"POST {stack.issuer.url}/token gives one to a page or a back end.",
        "",
    ]


def _credentials(stack: "LocalStack") -> str:
    from local.aws import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY

    match stack.settings.auth_mode:
        case None:
            return ""
        case "IAM":
            user = f"{ACCESS_KEY_ID}:{SECRET_ACCESS_KEY}"
            return f" --aws-sigv4 aws:amz:{REGION}:execute-api --user {user}"
        case "JWT" if stack.issuer is None:
            return ' -H "authorization: Bearer $TOKEN"'
        case _:
            return f' -H "authorization: Bearer $({_make_token(stack)})"'


def _make_token(stack: "LocalStack") -> str:
    """The command, for whichever port the issuer listens on."""
    from local.settings import DEFAULT_PORT

    port = stack.issuer.url.rpartition(":")[2] if stack.issuer else ""
    is_default = port == str(DEFAULT_PORT + 1)
    return "make -s token" if is_default else f"ISSUER_PORT={port} make -s token"


if __name__ == "__main__":
    status = main()
    # Without waiting for threads that still serve a client.
    os._exit(status)
