"""What the suite runs against: a deployed stack, or the local ones, JWT and IAM in turn.

    make e2e URL=https://…execute-api…amazonaws.com           signs with the shell's AWS credentials
    make e2e URL=https://…execute-api…amazonaws.com TOKEN=…   sends the access token
    make e2e                                                  starts local stacks, as CI does

ORIGIN=https://… is one of AllowedOrigins, where the deployment has any.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.aws import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY
from local.stack import LocalStack
from local.token import request_token

URL = os.environ.get("E2E_URL", "").rstrip("/")
LOCAL_ORIGIN = "http://localhost:5173"


@dataclass(frozen=True)
class Reply:
    """An answer of the endpoint's."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Target:
    """A stack to be tested.

    Attributes:
        url: Without a path.
        origin: A web origin that may call; None where there is none, or none is known.
        token: An access token, or None where requests are signed.
        credentials: To sign with.
        region: To sign for.
    """

    url: str
    origin: str | None
    token: str | None = None
    credentials: Any = None
    region: str = REGION

    def post(
        self,
        body: object,
        *,
        path: str = "/v1/realtime/client_secrets",
        signed: bool = True,
        **headers: str,
    ) -> Reply:
        """POST *body*: bytes as they are, anything else as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        url = self.url + path
        sent = {"content-type": "application/json"}
        if signed:
            sent |= self._proof(url, content)
        return self.request("POST", path, content, {**sent, **headers})

    def request(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Anything else."""
        answer = urllib3.request(
            method,
            self.url + path,
            body=body,
            headers=dict(headers),
            retries=False,
            redirect=False,
            timeout=35,
        )
        lower = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(answer.status, lower, answer.data)

    def _proof(self, url: str, content: bytes) -> dict[str, str]:
        if self.token is not None:
            return {"authorization": f"Bearer {self.token}"}
        request = AWSRequest("POST", url, {"content-type": "application/json"}, content)
        SigV4Auth(self.credentials, "execute-api", self.region).add_auth(request)
        return dict(request.headers.items())


@pytest.fixture(scope="session", params=["deployed"] if URL else ["jwt", "iam"])
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    if URL:
        yield deployed()
        return
    mode = request.param.upper()
    shell = {"AUTH_MODE": mode, "ALLOWED_ORIGINS": LOCAL_ORIGIN, "QUOTA_PER_MINUTE": "0"}
    with LocalStack.from_shell(shell, log=lambda _: None) as stack:
        if stack.issuer is None:
            local = Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY)
            yield Target(stack.gateway.url, LOCAL_ORIGIN, credentials=local)
            return
        port = stack.issuer.url.rpartition(":")[2]
        yield Target(stack.gateway.url, LOCAL_ORIGIN, request_token({"ISSUER_PORT": port}))


def deployed() -> Target:
    """The stack at E2E_URL; `make run` needs AUTH_MODE, without which it refuses nobody."""
    origin, token = os.environ.get("ORIGIN"), os.environ.get("TOKEN")
    if token:
        return Target(URL, origin, token)
    region = re.search(r"\.execute-api\.([a-z0-9-]+)\.", URL)
    credentials = boto3.Session().get_credentials()
    if credentials is None:
        pytest.exit("No AWS credentials to sign with, and no access token in TOKEN.", 2)
    frozen = credentials.get_frozen_credentials()
    return Target(URL, origin, credentials=frozen, region=region[1] if region else REGION)
