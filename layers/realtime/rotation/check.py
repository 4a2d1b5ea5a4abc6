"""`make rotation-check`: what a rotation would meet, by the function itself; reads only."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from broker.errors import OperatorError
from broker.redaction import scrubbed
from openai_realtime.errors import APIError
from rotation.admin_key import expires_at, expires_too_soon
from rotation.errors import RotationError, saying
from rotation.secret import CURRENT, PENDING, PREVIOUS, Labels, Value, is_account_of
from rotation.settings import DAY_S
from rotation.steps import Rotation


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        is_fine: Whether a rotation gets past it.
        what: How it is.
        advice: What to do; empty where nothing is.
    """

    is_fine: bool
    what: str
    advice: str = ""


def fine(what: str, advice: str = "") -> Finding:
    """A finding that a rotation gets past."""
    return Finding(is_fine=True, what=scrubbed(what), advice=advice)


def wrong(what: str, advice: str = "") -> Finding:
    """A finding that a rotation would fail for."""
    return Finding(is_fine=False, what=scrubbed(what), advice=advice)


def check(rotation: Rotation) -> list[Finding]:
    """Look at everything; what fails is a finding, and the rest is looked at all the same."""
    findings: list[Finding] = []
    values: dict[str, Value | None] = {}
    labels: Labels | None = None
    try:
        labels = rotation.secret.labels()
        findings += _about_labels(labels)
        for label in (CURRENT, PREVIOUS):
            version = labels.version_with(label)
            values[label] = rotation.secret.value(version) if version else None
        findings += _about_values(rotation, values[CURRENT], values[PREVIOUS])
    except RotationError as error:
        findings.append(wrong(str(error)))
    try:
        with saying("The admin key cannot be read"):
            rotation.admin_key.current()
        findings.append(fine("The admin key can be read."))
    except RotationError as error:
        advice = "`make put-admin-key` puts it in."
        return [*findings, wrong(str(error), advice)]
    try:
        findings += _about_project(rotation)
        if labels is not None:
            findings += _about_accounts(rotation, labels, values)
    except RotationError as error:
        findings.append(wrong(str(error)))
    return [*findings, _about_admin_key(rotation)]


def _about_labels(labels: Labels) -> Iterator[Finding]:
    if labels.is_rotated:
        yield fine("Rotation of the secret is switched on.")
    else:
        yield wrong("Rotation of the secret is switched off.", "Deploy the stack again.")
    pending = labels.version_with(PENDING)
    if pending is not None and pending != labels.version_with(CURRENT):
        advice = "A rotation is under way, or did not end; docs/operations.md, rotation-failed."
        yield wrong(f"Version {pending} of the secret is pending.", advice)


def _about_values(
    rotation: Rotation, value: Value | None, previous: Value | None
) -> Iterator[Finding]:
    if value is None:
        yield wrong("The secret has no current version.", "`make put-key`, once.")
        return
    project = value.fields.get("project")
    if project and project != rotation.settings.openai_project_id:
        advice = "Deploy with that project, or `make put-key` without one."
        yield wrong("The secret names another project than OpenAIProjectId.", advice)
    if not value.service_account_id:
        advice = "After the first rotation, delete it at OpenAI: nothing here can."
        yield fine("The current key was put in by hand.", advice)
        return
    yield fine(f"The current key is service account {value.service_account_id}'s.")
    if previous and not previous.service_account_id:
        yield fine(
            "The key before it was put in by hand.", "Delete it at OpenAI: no rotation does."
        )


def _about_project(rotation: Rotation) -> Iterator[Finding]:
    with saying("The project cannot be read"):
        project = rotation.service_accounts.project()
    if project.status == "archived":
        yield wrong(f"The project {project.name!r} is archived.", "Deploy with another one.")
    else:
        yield fine(f"The project {project.name!r} can be read.")


def _about_accounts(
    rotation: Rotation, labels: Labels, values: dict[str, Value | None]
) -> Iterator[Finding]:
    with saying("The service accounts cannot be listed"):
        accounts = rotation.service_accounts.list()
    known = {value.service_account_id for value in values.values() if value}
    ours = {each.id for each in accounts if is_account_of(labels.arn, each.name)}
    yield fine(f"Service accounts can be listed; {len(ours)} are this secret's.")
    if left_over := ours - known:
        advice = "The next rotation deletes them."
        yield fine(f"No version's any more: {', '.join(sorted(left_over))}.", advice)
    current = values.get(CURRENT)
    if current and current.service_account_id not in {None, *(each.id for each in accounts)}:
        advice = "Its key is dead: rotate now, or `make put-key`."
        yield wrong("The current key's service account is gone.", advice)


def _about_admin_key(rotation: Rotation) -> Finding:
    try:
        value = rotation.admin_key.current().api_key
        at = expires_at(rotation.admin_api_keys.list(), value)
    except (APIError, OperatorError) as error:
        return fine(f"When the admin key expires is unknown: {error}")
    if at is None:
        return fine("The admin key does not expire, or OpenAI does not say when.")
    days = (at - time.time()) / DAY_S
    soon = expires_too_soon(at, now=time.time(), rotation_days=rotation.settings.rotation_days)
    what = f"The admin key expires in {days:.0f} days."
    return (
        wrong(what, "Make another at OpenAI; `make put-admin-key` puts it in.")
        if soon
        else fine(what)
    )
