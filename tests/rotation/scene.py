"""The rotation function in this process, between Secrets Manager and OpenAI's stand-in."""

import importlib.util
import io
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType
from typing import Any

from local.aws import LocalAws
from local.lifeline import ROOT
from local.openai_standin import OpenAIStandIn
from local.rotation import version_with
from tests.raw_server import Request
from tests.rotation.between import Between

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
HAND_PUT = "sk-test-canary-put-in-by-hand-0123456789"


@dataclass
class Context:
    """Lambda's context, with a clock that runs."""

    timeout_s: float = 180.0
    function_name: str = "rotate-api-key"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:rotate-api-key"
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started_at: float = field(default_factory=time.monotonic)

    def get_remaining_time_in_millis(self) -> int:
        return int((self.timeout_s - (time.monotonic() - self.started_at)) * 1000)


@dataclass
class Scene:
    """One secret, the function that rotates it, and both neighbours.

    Attributes:
        aws: Secrets Manager, which begins rotations and leaves the steps to the test.
        openai: The stand-in, with its Admin API.
        to_openai: What the function reaches OpenAI through.
        to_aws: What it reaches Secrets Manager through.
        secret_id: The secret's ARN.
        written: What the function has logged.
    """

    aws: LocalAws
    openai: OpenAIStandIn
    to_openai: Between
    to_aws: Between
    secret_id: str
    written: io.StringIO = field(default_factory=io.StringIO)

    @cached_property
    def app(self) -> ModuleType:
        """The handler's module, as a new execution environment imports it."""
        path = ROOT / "functions/rotate_api_key/app.py"
        spec = importlib.util.spec_from_file_location("rotate_api_key_app", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.logger.registered_handler.setStream(self.written)
        return module

    def log(self) -> str:
        """What has been logged since this was asked last."""
        text = self.written.getvalue()
        self.written.seek(0)
        self.written.truncate()
        return text

    def begin(self) -> str:
        """What RotateSecret does before it calls the function: an empty version, pending."""
        return self.aws.secrets_manager.rotate_secret(SecretId=self.secret_id)["VersionId"]

    def step(self, name: str, version: str, *, timeout_s: float = 180.0) -> str | None:
        """Take one step; None when it succeeded, else what Lambda reports."""
        event = {"Step": name, "SecretId": self.secret_id, "ClientRequestToken": version}
        try:
            self.app.lambda_handler(event, Context(timeout_s))
        except self.app.StepFailedError as error:
            return str(error)
        return None

    def steps(self, version: str) -> list[str]:
        """All steps as far as they go; what failed."""
        for name in STEPS:
            if failure := self.step(name, version):
                return [failure]
        return []

    def rotate(self) -> str:
        """A whole rotation; the version that is current then."""
        version = self.begin()
        assert self.steps(version) == []
        assert self.version("AWSCURRENT") == version
        return version

    def check(self) -> list[dict[str, Any]]:
        """`make rotation-check`'s findings."""
        answer = self.app.lambda_handler({"Step": "check"}, Context())
        findings: list[dict[str, Any]] = answer["findings"]
        return findings

    def version(self, label: str) -> str | None:
        return version_with(self.aws.secrets_manager, self.secret_id, label)

    def labels(self) -> dict[str, list[str]]:
        """Every label of the secret, sorted, by version."""
        found = self.aws.secrets_manager.describe_secret(SecretId=self.secret_id)
        stages: Mapping[str, list[str]] = found.get("VersionIdsToStages", {})
        return {version: sorted(labels) for version, labels in stages.items()}

    def value(self, label: str = "AWSCURRENT") -> dict[str, Any]:
        """The JSON of the version with this label; of a bare key, the key."""
        text = self.aws.secrets_manager.get_secret_value(
            SecretId=self.secret_id, VersionStage=label
        )["SecretString"]
        fields: dict[str, Any] = json.loads(text) if text.startswith("{") else {"api_key": text}
        return fields

    def put(self, value: str) -> None:
        """What `make put-key` does."""
        self.aws.secrets_manager.put_secret_value(SecretId=self.secret_id, SecretString=value)

    def mints(self, label: str = "AWSCURRENT") -> bool:
        """Whether OpenAI takes the key of the version with this label."""
        return self.openai.api_keys.takes(self.value(label)["api_key"])

    @property
    def accounts(self) -> list[str]:
        """Ids of the live service accounts, oldest first."""
        return list(self.openai.admin.accounts)


def operation(request: Request) -> str:
    """Of Secrets Manager's, by its name; empty for a request of OpenAI's."""
    return request.headers.get("x-amz-target", "").partition(".")[2]
