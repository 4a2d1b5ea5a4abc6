"""`make rotate`: rotate the OpenAI API key of the stack that `make run` serves, while it runs.

The same function as in production does it, called by Secrets Manager's stand-in in four steps; its
log is that of `make run`. `PORT=` names another stack than the one on 3000.
"""

import os
import sys
import time
from collections.abc import Mapping

from local.aws import client_at
from local.parameters import VariableError
from local.rotation import RotationTimeoutError, rotate, switch_on
from local.running import running_on
from local.settings import port_from


def rotate_running(shell: Mapping[str, str]) -> str:
    """Rotate; returns the version of the secret that is current then.

    Raises:
        VariableError: No stack runs there, or none whose key can be rotated.
        RotationTimeoutError: The rotation failed.
    """
    port = port_from(shell)
    found = running_on(port)
    if found.rotation_function is None:
        message = f"The stack on port {port} calls OpenAI with your own key. `make rotate` works "
        raise VariableError(f"{message}with the stand-in alone: `make run` without OPENAI_API_KEY.")
    client = client_at(found.aws_url, "secretsmanager")
    if not client.describe_secret(SecretId=found.secret_id).get("RotationEnabled"):
        switch_on(client, secret_id=found.secret_id, function_arn=found.rotation_function)
    return rotate(client, secret_id=found.secret_id)


def main() -> int:
    """0 when rotated, 1 when the rotation failed, 2 where there is nothing to rotate."""
    started = time.monotonic()
    print("Rotating the OpenAI API key …", file=sys.stderr, flush=True)
    try:
        version = rotate_running(os.environ)
    except VariableError as exc:
        print(exc, file=sys.stderr)
        return 2
    except RotationTimeoutError as exc:
        print(f"{exc} The log of `make run` says why; the old key is still current.")
        return 1
    except KeyboardInterrupt:
        print("\nStopped waiting; the rotation goes on.", file=sys.stderr)
        return 130
    print(f"Version {version} is current, after {time.monotonic() - started:.1f} s.")
    print("The key before it stays valid until the next rotation.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
