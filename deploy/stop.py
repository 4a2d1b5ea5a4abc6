"""The kill switch: no more client secrets from this stack, and with `--resume` some again.

It sets the function's reserved concurrency to 0: API Gateway then answers 503, and nothing reaches
the function. Client secrets that are already out open sessions until they expire, and sessions that
are open go on; docs/security.md says what stops those.
"""

import argparse
import sys

from botocore.exceptions import BotoCoreError, ClientError

from deploy.stack import Stack, StackError, find, run


def stop(stack: Stack) -> None:
    """Refuse every request from now on.

    Raises:
        StackError: AWS refused.
    """
    try:
        stack.session.client("lambda").put_function_concurrency(
            FunctionName=stack.output("ClientSecretsFunctionName"),
            ReservedConcurrentExecutions=0,
        )
    except (BotoCoreError, ClientError) as exc:
        raise StackError(f"The function was not stopped: {exc}") from exc


def resume(stack: Stack) -> str:
    """Serve again, with the concurrency of the stack's parameter; returns it, "" for no limit.

    Raises:
        StackError: AWS refused, or the parameter itself is 0.
    """
    try:
        reserved = stack.parameters.get("ReservedConcurrency", "")
        if reserved == "0":
            raise StackError("ReservedConcurrency is 0 in the stack itself: deploy another value.")
        function = {"FunctionName": stack.output("ClientSecretsFunctionName")}
        client = stack.session.client("lambda")
        if reserved:
            client.put_function_concurrency(**function, ReservedConcurrentExecutions=int(reserved))
        else:
            client.delete_function_concurrency(**function)
    except (BotoCoreError, ClientError) as exc:
        raise StackError(f"The function was not resumed: {exc}") from exc
    return reserved


def main() -> None:
    """Say what will happen, then do it."""
    parser = argparse.ArgumentParser(description="Stop minting in the deployed stack.")
    parser.add_argument(
        "--config-env", default="default", help="table of samconfig.toml (make: ENV=…)"
    )
    parser.add_argument("--resume", action="store_true", help="serve again")
    options = parser.parse_args()
    stack = find(options.config_env)
    where = f"{stack.name} in {stack.region}"
    if options.resume:
        print(f"Taking the stop off {where}.", file=sys.stderr)
        reserved = resume(stack)
        print(f"Serving again, with {reserved or 'no'} reserved concurrency.")
        return
    print(
        f"Setting the reserved concurrency of {where} to 0: every request will get", file=sys.stderr
    )
    print(
        "503 from API Gateway. Client secrets that are out live on until they expire,",
        file=sys.stderr,
    )
    print(
        "and sessions that are open go on; docs/security.md says what stops those.", file=sys.stderr
    )
    stop(stack)
    print("Stopped. `make stop RESUME=1` takes it back.")


if __name__ == "__main__":
    run(main)
