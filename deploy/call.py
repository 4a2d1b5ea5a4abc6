"""The first call of a deployed stack: signed with SigV4, or with an access token in TOKEN."""

import json
import os
import sys
from collections.abc import Mapping

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from deploy.stack import Stack, StackError, arguments, find, run

BODY = b'{"session": {"type": "realtime", "model": "gpt-realtime-2.1"}}'


def headers_for(stack: Stack, url: str, token: str | None) -> Mapping[str, str]:
    """The request's headers, with the caller's proof.

    Raises:
        StackError: There is neither a token nor an AWS credential to sign with.
    """
    headers = {"content-type": "application/json"}
    if token:
        return {**headers, "authorization": f"Bearer {token}"}
    credentials = stack.session.get_credentials()
    if credentials is None:
        raise StackError("No AWS credentials to sign with, and no access token in TOKEN.")
    request = AWSRequest("POST", url, headers=headers, data=BODY)
    SigV4Auth(credentials.get_frozen_credentials(), "execute-api", stack.region).add_auth(request)
    return dict(request.headers.items())


def shown(body: bytes) -> str:
    """The answer for a terminal: readable, the client secret cut short."""
    try:
        answer = json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
    if isinstance(answer, dict) and isinstance(answer.get("value"), str):
        answer["value"] = answer["value"][:6] + "…"
    return json.dumps(answer, indent=2, ensure_ascii=False)


def main() -> None:
    """Make the call and show the answer."""
    options = arguments("Create one client secret with the deployed stack and show the answer.")
    stack = find(options.config_env)
    url = stack.output("EndpointUrl")
    headers = headers_for(stack, url, os.environ.get("TOKEN"))
    print(f"POST {url}", file=sys.stderr)
    try:
        answer = urllib3.request(
            "POST", url, body=BODY, headers=headers, timeout=30, retries=False, redirect=False
        )
    except urllib3.exceptions.HTTPError as exc:
        raise StackError(f"No answer: {exc}") from exc
    print(f"HTTP {answer.status}", file=sys.stderr)
    print(shown(answer.data))
    sys.exit(0 if answer.status == 200 else 1)


if __name__ == "__main__":
    run(main)
