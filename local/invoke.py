"""`make invoke EVENT=realtime`: run the handler on one event of `events/` and show its answer.

The neighbours are the local ones, as with `make run`; `OPENAI_API_KEY` calls OpenAI itself.
"""

import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from local.functions import Outcome
from local.lifeline import ROOT
from local.parameters import VariableError
from local.routes import routes_of
from local.stack import LocalStack
from local.template import Template, read_template
from local.terminal import readable, say

EVENTS = ROOT / "events"


def read_event(name: str) -> dict[str, Any]:
    """An event by the name of its file.

    Raises:
        VariableError: There is none of that name.
    """
    names = sorted(path.stem for path in EVENTS.glob("*.json"))
    if name not in names:
        problem = (
            f"There is no event {name!r}." if name else "Which event? make invoke EVENT=realtime."
        )
        raise VariableError(f"{problem} There are: {', '.join(names)}.")
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def invoke(event: Mapping[str, Any], shell: Mapping[str, str]) -> Outcome:
    """What the function behind the event's route makes of it, in a fresh local stack.

    Raises:
        VariableError: A variable of the shell cannot be used.
    """
    # The stack's own ports do not matter here, and may be taken by a `make run`.
    variables = {**shell, "PORT": "0", "ISSUER_PORT": "0"}
    with LocalStack.from_shell(variables, log=lambda line: say(readable(line))) as stack:
        template = Template(read_template(), stack.settings.parameters)
        functions = {route.key: route.function for route in routes_of(template)}
        return stack.pools[functions[event["routeKey"]]].invoke(event)


def show(outcome: Outcome) -> None:
    """Print the answer as HTTP would have it, or Lambda's error."""
    say()
    if outcome.is_error:
        say(f"{outcome.payload['errorType']}: {outcome.payload['errorMessage']}")
        return
    answer = outcome.payload
    say(f"HTTP {answer['statusCode']}   after {outcome.duration_ms:.0f} ms")
    for name, value in answer.get("headers", {}).items():
        say(f"{name}: {value}")
    say()
    say(json.dumps(json.loads(answer["body"]), indent=2))


def main(arguments: list[str]) -> int:
    """1 when the function failed, 2 for an event or variable that cannot be used."""
    try:
        outcome = invoke(read_event(" ".join(arguments).removesuffix(".json")), os.environ)
    except VariableError as exc:
        print(exc, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    show(outcome)
    return int(outcome.is_error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
