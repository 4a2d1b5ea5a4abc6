"""Puts the OpenAI API key into the stack's secret; asks for it, so no history keeps it."""

import getpass
import sys
from collections.abc import Mapping

from botocore.exceptions import BotoCoreError, ClientError

from deploy.stack import Stack, StackError, arguments, find, run
from openai_realtime.credentials import Credentials

OUTPUT = "OpenAIApiKeyArn"
# How the keys begin that OpenAI certainly refuses to mint with, and what they are.
WRONG = {"sk-admin-": "that is an admin key, which cannot mint; `make put-admin-key` stores it."}


def asked(what: str, *, stack: Stack, output: str) -> str:
    """The key that is typed and not shown, or the first line of a pipe.

    Args:
        what: What to call it.
        stack: Whose secret it is for.
        output: Names that secret.
    """
    print(f"The key goes into {stack.output(output)}", file=sys.stderr)
    print("and replaces the value there; the old one stays as AWSPREVIOUS.", file=sys.stderr)
    if sys.stdin.isatty():
        return getpass.getpass(f"{what} (not shown): ")
    return sys.stdin.readline()


def store(stack: Stack, output: str, api_key: str, *, wrong: Mapping[str, str]) -> str:
    """Store a key in the secret that an Output names; returns the new version's id.

    Args:
        stack: Whose Output it is.
        output: Its name.
        api_key: White space around it is dropped.
        wrong: How keys begin that are refused, and why.

    Raises:
        StackError: The key cannot be one, or Secrets Manager refused it.
    """
    try:
        credentials = Credentials(api_key)
    except ValueError as exc:
        raise StackError(f"Nothing was changed: the {exc}") from None
    for beginning, why in wrong.items():
        if credentials.api_key.startswith(beginning):
            raise StackError(f"Nothing was changed: {why}")
    try:
        answer = stack.session.client("secretsmanager").put_secret_value(
            SecretId=stack.output(output), SecretString=credentials.api_key
        )
    except (BotoCoreError, ClientError) as exc:
        raise StackError(f"Nothing was changed: {exc}") from exc
    return answer["VersionId"]


def put_key(stack: Stack, api_key: str) -> str:
    """Store *api_key*; returns and raises as `store` does."""
    return store(stack, OUTPUT, api_key, wrong=WRONG)


def main() -> None:
    """Ask for the key and store it."""
    options = arguments("Put the OpenAI API key into the deployed stack's secret.")
    stack = find(options.config_env)
    put_key(stack, asked("OpenAI API key", stack=stack, output=OUTPUT))
    print("Stored. Environments that hold an old key change over within 5 minutes.")


if __name__ == "__main__":
    run(main)
