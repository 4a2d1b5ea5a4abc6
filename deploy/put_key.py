"""Puts the OpenAI API key into the stack's secret; asks for it, so no history keeps it."""

import getpass
import sys

from botocore.exceptions import BotoCoreError, ClientError

from deploy.stack import Stack, StackError, arguments, find, run
from openai_realtime.credentials import Credentials


def put_key(stack: Stack, api_key: str) -> str:
    """Store *api_key*; returns the new version's id.

    Raises:
        StackError: The key cannot be one, or Secrets Manager refused it.
    """
    try:
        credentials = Credentials(api_key)
    except ValueError as exc:
        raise StackError(f"Nothing was changed: the {exc}") from None
    try:
        answer = stack.session.client("secretsmanager").put_secret_value(
            SecretId=stack.outputs["OpenAIApiKeyArn"], SecretString=credentials.api_key
        )
    except (BotoCoreError, ClientError) as exc:
        raise StackError(f"Nothing was changed: {exc}") from exc
    return answer["VersionId"]


def main() -> None:
    """Ask for the key and store it."""
    options = arguments("Put the OpenAI API key into the deployed stack's secret.")
    stack = find(options.config_env)
    print(f"The key goes into {stack.outputs['OpenAIApiKeyArn']}", file=sys.stderr)
    print("and replaces the value there; the old one stays as AWSPREVIOUS.", file=sys.stderr)
    if sys.stdin.isatty():
        api_key = getpass.getpass("OpenAI API key (not shown): ")
    else:
        api_key = sys.stdin.readline()
    put_key(stack, api_key)
    print("Stored. Environments that hold an old key change over within 5 minutes.")


if __name__ == "__main__":
    run(main)
