"""moto's Secrets Manager, mended where it is not as AWS documents: staging labels and rotation.

Everything here stands in for something of Secrets Manager's own, and nothing in the product does.

Source: API reference and "Rotate AWS Secrets Manager secrets", AWS Secrets Manager.
"""

import functools
import json
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable
from typing import Any

from moto.secretsmanager.exceptions import InvalidRequestException, ResourceExistsException
from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
# Secrets Manager begins a failed rotation again and again; how far apart it does not say.
PAUSE_S = 0.3
# Lambda's own limit.
INVOCATION_S = 900
# Several requests at once share one secret.
_lock = threading.RLock()

Version = dict[str, Any]
# Takes the secret and the id of its new version.
Run = Callable[[Any, str], None]


def mend(lambda_url: str, *, attempts: int) -> None:
    """Replace what is wrong.

    Args:
        lambda_url: Where rotation functions are invoked.
        attempts: How often a rotation is begun until it succeeds.
    """
    _replace("update_secret_version_stage", _update_secret_version_stage)
    _replace("put_secret_value", _put_secret_value)
    run = functools.partial(_rotate, lambda_url, attempts), functools.partial(_test, lambda_url)
    _replace("rotate_secret", functools.partial(_rotate_secret, run))
    setattr(FakeSecret, FakeSecret._form_version_ids_to_stages.__name__, _labelled)


def _replace(name: str, replacement: Callable[..., Any]) -> None:
    """Put *replacement* in moto's place; it gets moto's own first, and one call comes at a time."""
    original = getattr(SecretsManagerBackend, name)

    def replaced(backend: SecretsManagerBackend, *args: Any, **kwargs: Any) -> Any:
        with _lock:
            return replacement(original, backend, *args, **kwargs)

    setattr(SecretsManagerBackend, name, replaced)


def _labelled(secret: FakeSecret) -> dict[str, list[str]]:
    """DescribeSecret lists versions that bear a label, moto those without as well."""
    return {
        name: version["version_stages"]
        for name, version in secret.versions.items()
        if version["version_stages"]
    }


def _update_secret_version_stage(
    original: Callable[..., Any],
    backend: SecretsManagerBackend,
    secret_id: str,
    version_stage: str,
    remove_from_version_id: str,
    move_to_version_id: str,
) -> Any:
    """Moving AWSCURRENT, moto leaves AWSPENDING, and answers with the old value without a stage."""
    secret: Any = backend.secrets[secret_id]
    first = version_stage == "AWSCURRENT" and _bearing(secret, "AWSCURRENT") is None
    if first and not remove_from_version_id:
        secret.versions[move_to_version_id]["version_stages"].append("AWSCURRENT")
        moved = (secret.arn, secret.name)
    else:
        moved = original(
            backend, secret_id, version_stage, remove_from_version_id, move_to_version_id
        )
    if version_stage == "AWSCURRENT" and move_to_version_id:
        secret.default_version_id = move_to_version_id
        _unlabel(secret, "AWSPENDING", only=move_to_version_id)
    return moved


def _put_secret_value(
    original: Callable[..., Any],
    backend: SecretsManagerBackend,
    secret_id: str,
    secret_string: str,
    secret_binary: str,
    client_request_token: str,
    version_stages: list[str],
) -> Any:
    """Moto lets a pending version be overwritten, and a new current one leaves another pending."""
    secret: Any = backend.secrets.get(secret_id)
    filled: Version = secret.versions.get(client_request_token, {}) if secret else {}
    if filled.get("secret_string", secret_string) != secret_string:
        message = "You can't modify an existing version, you can only create a new version."
        raise ResourceExistsException(message)
    if secret and "AWSCURRENT" in version_stages:
        # AWS's RotationAbandoned.
        _unlabel(secret, "AWSPENDING")
    return original(
        backend, secret_id, secret_string, secret_binary, client_request_token, version_stages
    )


def _rotate_secret(
    run: tuple[Run, Run],
    _: Callable[..., Any],
    backend: SecretsManagerBackend,
    secret_id: str,
    client_request_token: str | None = None,
    rotation_lambda_arn: str | None = None,
    rotation_rules: dict[str, Any] | None = None,
    rotate_immediately: bool = True,  # noqa: FBT001, FBT002 - moto's signature
) -> str:
    """Moto invokes functions of its own; here they are the local stack's, and it all takes time."""
    secret: Any = backend.secrets[secret_id]
    secret.rotation_lambda_arn = rotation_lambda_arn or secret.rotation_lambda_arn
    if not secret.rotation_lambda_arn:
        raise InvalidRequestException("No Lambda rotation function ARN is associated with it.")
    pending = _bearing(secret, "AWSPENDING")
    if pending is not None and "AWSCURRENT" not in secret.versions[pending]["version_stages"]:
        raise InvalidRequestException("A previous rotation isn't complete.")
    days = (rotation_rules or {}).get("AutomaticallyAfterDays", secret.auto_rotate_after_days)
    secret.auto_rotate_after_days = days
    secret.next_rotation_date = int(time.time()) + days * 86_400
    secret.rotation_requested = secret.rotation_enabled = True
    token = client_request_token or str(uuid.uuid4())
    _unlabel(secret, "AWSPENDING")
    secret.versions[token] = {
        "createdate": int(time.time()),
        "version_id": token,
        "version_stages": ["AWSPENDING"],
    }
    rotate, test = run
    chosen = rotate if rotate_immediately else test
    threading.Thread(target=chosen, args=(secret, token), daemon=True).start()
    return str(secret.to_short_dict(version_id=token))


def _rotate(lambda_url: str, attempts: int, secret: Any, token: str) -> None:
    """All four steps; where one fails, from the first again."""
    for _ in range(attempts):
        if all(_invoke(lambda_url, secret, token, step) for step in STEPS):
            secret.last_rotation_date = int(time.time())
            return
        time.sleep(PAUSE_S)
    # AWSPENDING stays where it is, as AWS leaves it.


def _test(lambda_url: str, secret: Any, token: str) -> None:
    """What switching rotation on tests, on a version that is removed again."""
    try:
        _invoke(lambda_url, secret, token, "testSecret")
    finally:
        with _lock:
            secret.versions.pop(token, None)


def _invoke(lambda_url: str, secret: Any, token: str, step: str) -> bool:
    event = {"Step": step, "SecretId": secret.arn, "ClientRequestToken": token}
    url = f"{lambda_url}/2015-03-31/functions/{secret.rotation_lambda_arn}/invocations"
    request = urllib.request.Request(url, json.dumps(event).encode(), method="POST")  # noqa: S310 - ours
    try:
        with urllib.request.urlopen(request, timeout=INVOCATION_S) as answer:  # noqa: S310 - ours
            return "X-Amz-Function-Error" not in answer.headers
    except OSError:
        return False


def _bearing(secret: Any, label: str) -> str | None:
    """The version that bears *label*."""
    versions: dict[str, Version] = secret.versions
    return next((name for name, each in versions.items() if label in each["version_stages"]), None)


def _unlabel(secret: Any, label: str, *, only: str | None = None) -> None:
    for name, version in secret.versions.items():
        if only in (None, name) and label in version["version_stages"]:
            version["version_stages"].remove(label)
