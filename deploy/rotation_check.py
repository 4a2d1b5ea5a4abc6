"""Says what a rotation of the OpenAI key would meet, and what to mend; changes nothing.

The rotation's function looks for itself, with its own permissions and the admin key, which nobody
else may read.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from broker.redaction import scrubbed
from deploy.stack import Stack, StackError, arguments, find_rotation, run
from rotation.check import Finding

# The function's own 180 s, and a cold start.
CONFIG = Config(read_timeout=200, retries={"total_max_attempts": 1})


def findings(stack: Stack) -> list[Finding]:
    """What the function found.

    Raises:
        StackError: It cannot be asked, or failed.
    """
    name = stack.output("RotateApiKeyFunctionName")
    try:
        answer = stack.session.client("lambda", config=CONFIG).invoke(
            FunctionName=name, Payload=json.dumps({"Step": "check"})
        )
        payload = answer["Payload"].read()
    except (BotoCoreError, ClientError) as exc:
        raise StackError(f"The function {name} cannot be asked: {exc}") from exc
    log = f"aws logs tail {stack.output('RotationLogGroupName')} --since 1h --region {stack.region}"
    if "FunctionError" in answer:
        raise StackError(f"The function failed: {_reason(json.loads(payload))} Its log: {log}")
    try:
        return [Finding(**each) for each in json.loads(payload)["findings"]]
    except (TypeError, ValueError, KeyError):
        again = "`make deploy-rotation` brings it up to date."
        raise StackError(f"The function is another version than this tree: {again}") from None


def lines(found: Finding) -> list[str]:
    """One finding for a terminal."""
    said = [f"{'ok' if found.is_fine else 'FIX':5}{found.what}"]
    return [*said, f"{'':5}{found.advice}"] if found.advice else said


def _reason(error: Mapping[str, Any]) -> str:
    """What Lambda says of a failed invocation."""
    return scrubbed(f"{error.get('errorType')}, {error.get('errorMessage')}")


def main() -> None:
    """Ask, print, and end with 1 where something is to be mended."""
    options = arguments("Ask the rotation's function what a rotation would meet; changes nothing.")
    stack = find_rotation(options.config_env)
    print(f"Asking the function of {stack.name} in {stack.region}. It only reads.", file=sys.stderr)
    found = findings(stack)
    for each in found:
        print("\n".join(lines(each)))
    sys.exit(0 if all(each.is_fine for each in found) else 1)


if __name__ == "__main__":
    run(main)
