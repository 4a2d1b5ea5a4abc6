"""`make token`: print an access token of the issuer that `AUTH_MODE=JWT make run` has started.

`SUB=`, `SCOPE=` and `EXPIRES_IN=` (seconds, negative for an expired one) change what is in it.
"""

import json
import os
import sys
from collections.abc import Mapping

import urllib3

from local.parameters import VariableError
from local.settings import issuer_port_from

VARIABLES = {"SUB": "sub", "SCOPE": "scope", "EXPIRES_IN": "expires_in"}


def request_token(shell: Mapping[str, str]) -> str:
    """An access token with what the shell's variables ask for.

    Raises:
        VariableError: No issuer answers, or it refuses.
    """
    issuer = f"http://127.0.0.1:{issuer_port_from(shell)}"
    asked = {name: shell[variable] for variable, name in VARIABLES.items() if variable in shell}
    try:
        answer = urllib3.PoolManager(retries=False, timeout=5).request(
            "POST", f"{issuer}/token", fields=asked, encode_multipart=False
        )
        token = str(json.loads(answer.data)["access_token"])
    except urllib3.exceptions.HTTPError as exc:
        message = f"No issuer answers at {issuer}. Start it: AUTH_MODE=JWT make run"
        raise VariableError(message) from exc
    except (ValueError, KeyError) as exc:
        message = f"{issuer} gives no such token: SUB, SCOPE are texts, EXPIRES_IN is in seconds."
        raise VariableError(message) from exc
    return token


def main() -> int:
    """Print a token, and nothing else, to standard output."""
    try:
        print(request_token(os.environ))
    except VariableError as exc:
        print(exc, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
