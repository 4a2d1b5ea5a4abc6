"""Who calls: what API Gateway's authorizers put into the event, or how they refuse."""

from collections.abc import Callable, Mapping
from typing import Any

from local.aws import ACCESS_KEY_ID, ACCOUNT_ID
from local.gateway_answer import own_answer
from local.http_messages import Headers, Request, Response
from local.routes import Route


class RefusedError(Exception):
    """The authorizer lets the request no further; carries API Gateway's answer."""

    def __init__(self, status: int, headers: Headers | None = None) -> None:
        super().__init__(status)
        self.response: Response = own_answer(status, headers)


Authorize = Callable[[Request, Route], Mapping[str, Any] | None]


def iam_context(user: str = "local") -> dict[str, Any]:
    """What API Gateway tells of a caller who signed as an IAM user of the account."""
    return {
        "iam": {
            "accessKey": ACCESS_KEY_ID,
            "accountId": ACCOUNT_ID,
            "callerId": f"AIDALOCAL{user.upper()}",
            "cognitoIdentity": None,
            "principalOrgId": None,
            "userArn": f"arn:aws:iam::{ACCOUNT_ID}:user/{user}",
            "userId": f"AIDALOCAL{user.upper()}",
        }
    }


def local_caller(request: Request, route: Route) -> Mapping[str, Any] | None:
    """Without `AUTH_MODE`: everyone is the same IAM user, and nothing is checked."""
    del request, route
    return iam_context()
