"""The second stack on this machine: template-rotation.yaml beside the stand-in's Admin API."""

import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from local.aws import LocalAws
from local.functions import Function, functions_of
from local.lifeline import ROOT
from local.openai_admin import ADMIN_KEY, PROJECT_ID
from local.parameters import parameters_from
from local.template import Template, read_template

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

TEMPLATE = ROOT / "template-rotation.yaml"
FUNCTION = "RotateApiKeyFunction"
ROTATION_DAYS = 30


def rotation_function(
    aws: LocalAws,
    *,
    secret_name: str,
    base_url: str,
    variables: Mapping[str, str] | None = None,
) -> Function:
    """The function that rotates a secret, with the stand-in's admin key in a secret of its own.

    Args:
        aws: The local AWS.
        secret_name: Of the secret that holds the OpenAI key.
        base_url: The stand-in's, for minting and for its Admin API.
        variables: Of the function, instead of the template's.
    """
    source = _source()
    parameters = {
        **parameters_from({}, source),
        "OpenAIApiKeyArn": aws.secret_id(secret_name),
        "OpenAIProjectId": PROJECT_ID,
        "OpenAIBaseUrl": base_url,
        "OpenAIAdminBaseUrl": base_url,
    }
    template = Template(source, parameters)
    admin_key = template.resolve({"Ref": "AdminApiKey"})
    aws.put_secret(admin_key, ADMIN_KEY)
    function = functions_of(template, aws.environment())[FUNCTION]
    return replace(function, environment={**function.environment, **(variables or {})})


@functools.cache
def _source() -> dict[str, Any]:
    return read_template(TEMPLATE)


def switch_on(client: "SecretsManagerClient", *, secret_id: str, function_arn: str) -> None:
    """Switch a secret's rotation on, as a deployment does: tested, and nothing rotated yet."""
    client.rotate_secret(
        SecretId=secret_id,
        RotationLambdaARN=function_arn,
        RotationRules={"AutomaticallyAfterDays": ROTATION_DAYS},
        RotateImmediately=False,
    )
    wait(lambda: version_with(client, secret_id, "AWSPENDING") is None, "The test of the rotation")


def rotate(client: "SecretsManagerClient", *, secret_id: str) -> str:
    """Rotate, and wait until it is done; returns the version that is current then.

    Raises:
        RotationTimeoutError: It is not, after all attempts that Secrets Manager's stand-in makes.
    """
    version = client.rotate_secret(SecretId=secret_id)["VersionId"]
    wait(lambda: version_with(client, secret_id, "AWSCURRENT") == version, "The rotation")
    return version


class RotationTimeoutError(Exception):
    """A rotation has not ended well; the function's log says why."""


def wait(is_done: Callable[[], bool], what: str, *, most_s: float = 60) -> None:
    """Wait for Secrets Manager, which answers before it begins.

    Raises:
        RotationTimeoutError: *most_s* seconds were not enough.
    """
    give_up_at = time.monotonic() + most_s
    while not is_done():
        if time.monotonic() > give_up_at:
            raise RotationTimeoutError(f"{what} has not ended after {most_s:.0f} s.")
        time.sleep(0.02)


def version_with(client: "SecretsManagerClient", secret_id: str, label: str) -> str | None:
    """The version that bears *label*."""
    stages = client.describe_secret(SecretId=secret_id).get("VersionIdsToStages", {})
    return next((version for version, labels in stages.items() if label in labels), None)
