"""Secrets Manager's four steps. Each may be called again after it ended anywhere, and converges.

    createSecret   a service account with a key, stored as AWSPENDING
    setSecret      nothing: OpenAI knows a key when it has made it
    testSecret     a client secret minted with the pending key
    finishSecret   the accounts of older versions deleted, then AWSCURRENT moved

What is done last in a rotation is the one thing that others see. Until then the old key is current
and valid; afterwards it is AWSPREVIOUS and valid, until the next rotation ends.

Source: "Lambda rotation functions", AWS Secrets Manager User Guide.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aws_lambda_powertools import Logger

from broker import redaction
from broker.api_key import ApiKey
from broker.errors import OperatorError
from openai_realtime.admin import AdminApiKeys, ServiceAccount, ServiceAccounts
from openai_realtime.errors import APIError
from rotation.admin_key import EXPIRES_SOON, expires_at, expires_too_soon
from rotation.errors import RotationError, saying
from rotation.proof import PATIENCE_S, prove
from rotation.secret import (
    CURRENT,
    PENDING,
    PREVIOUS,
    SERVICE_ACCOUNT_ID,
    Labels,
    Secret,
    account_name,
    is_account_of,
)
from rotation.settings import Settings

# Kept back of the function's time, to say why a key was given up.
RESERVE_S = 5.0


@dataclass(frozen=True, slots=True)
class Rotation:
    """What the steps work with.

    Attributes:
        settings: From template-rotation.yaml.
        secret: The one that is rotated.
        admin_key: The provider of the admin key.
        service_accounts: Of the project.
        admin_api_keys: Of the organisation.
        logger: The function's.
    """

    settings: Settings
    secret: Secret
    admin_key: ApiKey
    service_accounts: ServiceAccounts
    admin_api_keys: AdminApiKeys
    logger: Logger


Step = Callable[[Rotation, str, float], None]


def create_secret(rotation: Rotation, version: str, _: float) -> None:
    """Make a key and store it, unless an earlier attempt has."""
    labels = _checked_labels(rotation.secret, version)
    if rotation.secret.value(version) is not None:
        rotation.logger.info("key_is_stored_already")
        return
    current = labels.version_with(CURRENT)
    kept = rotation.secret.value(current) if current else None
    fields = dict(kept.fields) if kept else {}
    project = fields.get("project")
    if project and project != rotation.settings.openai_project_id:
        raise RotationError("The secret's project is another one than OpenAIProjectId.")
    name = account_name(labels.arn, version)
    # Its key was never stored: the attempt that made it ended in between.
    _delete(rotation, [each for each in _accounts(rotation) if each.name == name], "no key of it")
    _look_at_admin_key(rotation)
    with saying("No service account was made"):
        key = rotation.service_accounts.create(
            name, expires_in_seconds=rotation.settings.key_lifetime_s
        )
    redaction.hide(key.value)
    about = {"api_key_id": key.api_key_id, SERVICE_ACCOUNT_ID: key.service_account_id}
    rotation.secret.put_pending(version, {**fields, "api_key": key.value, **about})
    rotation.logger.info("key_created", extra=about)


def set_secret(rotation: Rotation, version: str, _: float) -> None:
    """Nothing is left to set."""
    _checked_labels(rotation.secret, version)


def test_secret(rotation: Rotation, version: str, left_s: float) -> None:
    """Prove the pending key.

    When rotation is switched on, Secrets Manager calls this step alone, on a version that it makes
    and removes: there is no new key then, and perhaps no key at all.
    """
    labels = _checked_labels(rotation.secret, version)
    value = rotation.secret.value(version)
    current = labels.version_with(CURRENT)
    if value is None or (version != current and _is_copy(rotation, value.fields, current)):
        rotation.logger.info("no_new_key_to_test")
        return
    prove(
        value.credentials,
        base_url=rotation.settings.openai_base_url,
        model=rotation.settings.test_model,
        patience_s=min(PATIENCE_S, left_s - RESERVE_S),
        on_refused=lambda: rotation.logger.info("new_key_refused_yet"),
    )
    rotation.logger.info("key_proven")


def finish_secret(rotation: Rotation, version: str, _: float) -> None:
    """Delete the accounts of all versions but this and the one before it; make this current."""
    labels = _checked_labels(rotation.secret, version)
    value = rotation.secret.value(version)
    if value is None:
        raise RotationError("The pending version is empty; it is not made current.")
    current = labels.version_with(CURRENT)
    before = labels.version_with(PREVIOUS) if current == version else current
    fallback = rotation.secret.value(before) if before else None
    staying = {value.service_account_id, fallback and fallback.service_account_id}
    ours = [each for each in _accounts(rotation) if is_account_of(labels.arn, each.name)]
    _delete(rotation, [each for each in ours if each.id not in staying], "two rotations old")
    if fallback is not None and fallback.service_account_id is None:
        rotation.logger.warning("previous_key_was_put_in_by_hand")
    if current != version:
        rotation.secret.make_current(version, instead_of=current)
    rotation.logger.info("key_rotated", extra={SERVICE_ACCOUNT_ID: value.service_account_id})


STEPS: Mapping[str, Step] = {
    "createSecret": create_secret,
    "setSecret": set_secret,
    "testSecret": test_secret,
    "finishSecret": finish_secret,
}


def _checked_labels(secret: Secret, version: str) -> Labels:
    """The labels, if *version* is under rotation or has just become current."""
    labels = secret.labels()
    # Where nothing is said of it, it may just be being switched on; AWS's own functions go on.
    if labels.is_rotated is False:
        raise RotationError("Rotation of this secret is switched off.")
    if not {CURRENT, PENDING} & set(labels.stages.get(version, ())):
        raise RotationError(f"Version {version} of the secret is not pending.")
    return labels


def _is_copy(rotation: Rotation, fields: Mapping[str, object], current: str | None) -> bool:
    kept = rotation.secret.value(current) if current else None
    return kept is not None and kept.fields == fields


def _accounts(rotation: Rotation) -> list[ServiceAccount]:
    with saying("The service accounts cannot be listed"):
        return rotation.service_accounts.list()


def _delete(rotation: Rotation, accounts: list[ServiceAccount], why: str) -> None:
    for account in accounts:
        with saying(f"Service account {account.id} was not deleted"):
            rotation.service_accounts.delete(account.id)
        rotation.logger.info(
            "service_account_deleted", extra={SERVICE_ACCOUNT_ID: account.id, "reason": why}
        )


def _look_at_admin_key(rotation: Rotation) -> None:
    """Log when the admin key will not be there for long. A rotation does not fail for it."""
    try:
        value = rotation.admin_key.current().api_key
        keys = rotation.admin_api_keys.list()
    except (APIError, OperatorError) as error:
        rotation.logger.info("admin_api_key_expiry_unknown", extra={"reason": str(error)})
        return
    at = expires_at(keys, value)
    days = rotation.settings.rotation_days
    if at is not None and expires_too_soon(at, now=time.time(), rotation_days=days):
        rotation.logger.warning(EXPIRES_SOON, extra={"expires_at": at})
