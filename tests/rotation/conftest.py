"""A scene for each test; Secrets Manager is shared."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from local.aws import LocalAws
from local.openai_admin import ADMIN_KEY
from local.openai_standin import OpenAIStandIn
from local.rotation import rotation_function, wait
from tests.rotation.between import Between
from tests.rotation.scene import HAND_PUT, Scene

Start = Callable[..., Scene]


@pytest.fixture(scope="session")
def aws() -> Iterator[LocalAws]:
    with LocalAws(rotation_attempts=0) as local_aws:
        yield local_aws


@pytest.fixture
def start(aws: LocalAws) -> Iterator[Start]:
    with starting(aws) as start:
        yield start


@pytest.fixture
def scene(start: Start) -> Scene:
    return start()


@contextmanager
def starting(aws: LocalAws) -> Iterator[Start]:
    """Gives `start(value="…", TEST_MODEL="…")`; a value of None is a secret without one.

    An admin key that is not the stand-in's goes in as `admin_key="…"`, and None is none at all.
    """
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:

        def start(
            value: str | None = HAND_PUT, admin_key: str | None = ADMIN_KEY, **variables: str
        ) -> Scene:
            openai = stack.enter_context(OpenAIStandIn())
            to_openai = stack.enter_context(Between(openai.base_url))
            to_aws = stack.enter_context(Between(aws.url))
            name = f"test-{uuid.uuid4().hex[:8]}/OpenAIApiKey"
            secret_id = aws.put_secret(name, value)
            function = rotation_function(aws, secret_name=name, base_url=to_openai.base_url)
            aws.secrets_manager.rotate_secret(
                SecretId=name,
                RotationLambdaARN=function.arn,
                RotationRules={"AutomaticallyAfterDays": 30},
                RotateImmediately=False,
            )
            environment = {
                **function.environment,
                # Powertools has one logger for each.
                "SERVICE_NAME": name,
                "AWS_ENDPOINT_URL_SECRETS_MANAGER": to_aws.origin,
                "ADMIN_API_KEY_SECRET_ID": aws.put_secret(f"{name}-admin", admin_key),
                **variables,
            }
            for variable, text in environment.items():
                patch.setenv(variable, text)
            scene = Scene(aws, openai, to_openai, to_aws, secret_id)
            wait(lambda: scene.version("AWSPENDING") is None, "The test of the rotation")
            return scene

        yield start
