"""What the function asks of AWS, as botocore's own events tell, for as long as the suite runs."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import botocore
from botocore.session import Session

from broker import aws


@dataclass(frozen=True)
class Call:
    """One call.

    Attributes:
        action: As IAM has it, `secretsmanager:GetSecretValue`.
        resource: Name or ARN, as it was given.
        variables: The function's environment at that moment.
    """

    action: str
    resource: str
    variables: Mapping[str, str]


RECORDED: list[Call] = []
_handling = threading.Event()
_RESOURCE = {"secretsmanager": "SecretId", "dynamodb": "TableName"}


@contextmanager
def recorded() -> Iterator[None]:
    """Record what is asked within: the handler's calls, and not the tests' own."""
    _handling.set()
    try:
        yield
    finally:
        _handling.clear()


def _watch(session: Session) -> None:
    def record(params: Mapping[str, Any], model: Any, **_: Any) -> None:
        if _handling.is_set() and aws.session() is session:
            service = model.service_model.service_name
            action = f"{service}:{model.name}"
            # A call of another service has no known resource, and fails the test for it.
            resource = str(params.get(_RESOURCE.get(service, ""), "unknown"))
            RECORDED.append(Call(action, resource, dict(os.environ)))

    handler: Any = record
    session.register("before-parameter-build", handler)


def begin() -> None:
    """Watch every session of botocore's from now on."""
    aws.forget()
    botocore.register_initializer(_watch)
