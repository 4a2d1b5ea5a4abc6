"""The rotation of the OpenAI API key, one of Secrets Manager's four steps a call.

1. createSecret: a service account with a key, stored as AWSPENDING.
2. setSecret: nothing; OpenAI knows a key when it has made it.
3. testSecret: a client secret of 10 seconds, minted with the pending key.
4. finishSecret: service accounts of older versions are deleted, and AWSCURRENT moves.

Steps raise where they fail, and Secrets Manager begins again; `rotation.steps` says why that is
safe. One call more, {"Step": "check"}, is the operator's (`make rotation-check`) and only reads.
"""

import dataclasses
import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from broker import redaction
from broker.api_key import ApiKey
from broker.logs import make_logger
from openai_realtime.admin import AdminApiKeys, ServiceAccounts
from openai_realtime.client import Client
from rotation.check import check
from rotation.errors import RotationError
from rotation.proof import RETRIES, TIMEOUT_S
from rotation.secret import Secret
from rotation.settings import Settings
from rotation.steps import STEPS, Rotation

# Built once per execution environment; the only lines that read the environment.
settings = Settings.from_env(os.environ)
logger = make_logger(settings.service_name)
admin_key = ApiKey(settings.admin_api_key_secret_id, what="The admin key")
admin_api = Client(
    admin_key,
    base_url=settings.openai_admin_base_url,
    timeout=TIMEOUT_S,
    retry_policy=RETRIES,
)
rotation = Rotation(
    settings=settings,
    secret=Secret(settings.api_key_secret_id),
    admin_key=admin_key,
    service_accounts=ServiceAccounts(admin_api, project_id=settings.openai_project_id),
    admin_api_keys=AdminApiKeys(admin_api),
    logger=logger,
)


class StepFailedError(Exception):
    """What Lambda tells Secrets Manager; the log says more."""


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any] | None:
    """AWS Lambda's entry point.

    Args:
        event: Secrets Manager's `Step`, `SecretId` (an ARN) and `ClientRequestToken` (the id of the
            new version); or `{"Step": "check"}`.
        context: Tells how much time is left.

    Raises:
        StepFailedError: The step failed. The text holds no credential.
    """
    step, version = str(event.get("Step")), str(event.get("ClientRequestToken"))
    logger.append_keys(step=step, version=version)
    try:
        if step == "check":
            return {"findings": [dataclasses.asdict(each) for each in check(rotation)]}
        run(step, version, event.get("SecretId"), context.get_remaining_time_in_millis() / 1000)
    except RotationError as error:
        failure = redaction.scrubbed(str(error))
        logger.exception("step_failed", extra={"reason": failure})
    # Whatever else is raised is a bug; the log keeps it with its stack.
    except Exception as error:
        failure = f"a bug, {type(error).__name__}"
        logger.exception("step_failed", extra={"reason": failure})
    else:
        logger.info("step_finished")
        return None
    # Without its causes: Lambda itself would print them.
    raise StepFailedError(f"{step}: {failure}")


def run(step: str, version: str, secret_id: object, left_s: float) -> None:
    """One step.

    Raises:
        RotationError: It failed, or is none of this function's.
    """
    if secret_id != settings.api_key_secret_id:
        raise RotationError(f"This function rotates {settings.api_key_secret_id} alone.")
    if step not in STEPS:
        raise RotationError(f"There is no such step; there are {', '.join(STEPS)}.")
    STEPS[step](rotation, version, left_s)
