"""`make rotation-check`: what is missing is found, and nothing is changed."""

import json
import time
from typing import Any

import pytest

from tests.replies import reply
from tests.rotation.conftest import Start
from tests.rotation.scene import HAND_PUT, Scene, operation


def said(findings: list[dict[str, Any]], *, fine: bool) -> str:
    """What was found to be fine, or not."""
    return "\n".join(
        f"{each['what']} {each['advice']}" for each in findings if each["is_fine"] == fine
    )


def test_before_the_first_rotation_all_is_fine(scene: Scene) -> None:
    findings = scene.check()

    assert said(findings, fine=False) == ""
    fine = said(findings, fine=True)
    assert "Rotation of the secret is switched on." in fine
    assert "The current key was put in by hand. After the first rotation, delete it" in fine
    assert "The admin key can be read." in fine
    assert "The project 'Local' can be read." in fine
    assert "Service accounts can be listed; 0 are this secret's." in fine
    assert "The admin key does not expire" in fine


def test_after_the_first_it_reminds_of_the_key_that_nothing_deletes(scene: Scene) -> None:
    scene.rotate()

    findings = scene.check()

    assert said(findings, fine=False) == ""
    reminder = "The key before it was put in by hand. Delete it at OpenAI: no rotation does."
    assert reminder in said(findings, fine=True)


def test_after_two_rotations_it_names_whose_the_key_is(scene: Scene) -> None:
    scene.rotate()
    scene.rotate()

    findings = scene.check()

    assert said(findings, fine=False) == ""
    account = scene.value()["service_account_id"]
    assert f"The current key is service account {account}'s." in said(findings, fine=True)
    assert "2 are this secret's" in said(findings, fine=True)
    assert "by hand" not in said(findings, fine=True)


def test_it_only_reads(scene: Scene) -> None:
    scene.rotate()
    before = scene.labels(), scene.value(), scene.accounts
    scene.openai.forget()
    scene.to_aws.requests.clear()

    scene.check()

    assert {each.method for each in scene.openai.requests} == {"GET"}
    assert set(map(operation, scene.to_aws.requests)) == {"DescribeSecret", "GetSecretValue"}
    assert (scene.labels(), scene.value(), scene.accounts) == before


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"value": None}, "The secret has no current version. `make put-key`, once."),
        ({"value": "<key>"}, "the secret still holds a placeholder."),
        (
            {"value": json.dumps({"api_key": HAND_PUT, "project": "proj_x"})},
            "The secret names another project than OpenAIProjectId.",
        ),
        ({"admin_key": None}, "The admin key cannot be read: The admin key: Secrets Manager"),
        ({"admin_key": "sk-admin-another-0123456789"}, "Status 401: code invalid_api_key"),
        ({"admin_key": "sk-proj-0123456789abcdef"}, "needs the permission to manage projects"),
        ({"OPENAI_PROJECT_ID": "proj_other"}, "Is OpenAIProjectId right"),
    ],
    ids=lambda each: str(each)[:40],
)
def test_what_is_missing_is_said(start: Start, options: dict[str, Any], what: str) -> None:
    findings = start(**options).check()

    assert what in said(findings, fine=False)
    assert "Rotation of the secret is switched on." in said(findings, fine=True)


def test_rotation_that_is_off_is_said(scene: Scene) -> None:
    scene.aws.secrets_manager.cancel_rotate_secret(SecretId=scene.secret_id)

    assert "Rotation of the secret is switched off." in said(scene.check(), fine=False)


def test_a_rotation_that_did_not_end_is_said(scene: Scene) -> None:
    version = scene.begin()

    assert f"Version {version} of the secret is pending." in said(scene.check(), fine=False)


def test_an_archived_project_is_said(scene: Scene) -> None:
    scene.openai.admin.project_status = "archived"

    assert "The project 'Local' is archived." in said(scene.check(), fine=False)


def test_an_account_that_somebody_deleted_is_said(scene: Scene) -> None:
    scene.rotate()
    scene.app.rotation.service_accounts.delete(scene.accounts[0])

    assert "The current key's service account is gone." in said(scene.check(), fine=False)


def test_accounts_of_abandoned_rotations_are_named(scene: Scene) -> None:
    version = scene.begin()
    assert scene.step("createSecret", version) is None
    scene.put(HAND_PUT)
    [left_over] = scene.accounts

    fine = said(scene.check(), fine=True)

    assert f"No version's any more: {left_over}. The next rotation deletes them." in fine


@pytest.mark.parametrize(("days", "is_fine"), [(10, False), (300, True)])
def test_the_end_of_the_admin_key_is_said(scene: Scene, days: int, *, is_fine: bool) -> None:
    scene.openai.admin.admin_key_expires_at = int(time.time()) + days * 86_400 + 3600

    assert f"The admin key expires in {days} days." in said(scene.check(), fine=is_fine)


def test_an_admin_key_that_may_not_list_its_kind_is_no_fault(scene: Scene) -> None:
    refused = reply(403, {"error": {"message": "No.", "type": "t", "param": None, "code": None}})
    scene.to_openai.instead = lambda request: (
        refused if "admin_api_keys" in request.target else None
    )

    findings = scene.check()

    assert said(findings, fine=False) == ""
    assert "When the admin key expires is unknown: Status 403" in said(findings, fine=True)


def test_secrets_manager_that_refuses_is_one_finding_of_several(scene: Scene) -> None:
    denied = reply(400, {"__type": "AccessDeniedException", "message": "No."})
    scene.to_aws.instead = lambda request: (
        denied if operation(request) == "DescribeSecret" else None
    )

    findings = scene.check()

    assert "Secrets Manager answered AccessDeniedException." in said(findings, fine=False)
    assert "The project 'Local' can be read." in said(findings, fine=True)


def test_a_key_that_openai_quotes_is_in_no_finding(start: Start) -> None:
    scene = start(admin_key="sk-admin-canary-0123456789abcdef")
    error = {
        "message": "No.",
        "type": "t",
        "param": None,
        "code": "not-sk-admin-canary-0123456789abcdef",
    }
    scene.to_openai.instead = lambda _: reply(401, {"error": error})

    findings = scene.check()

    assert "Status 401" in said(findings, fine=False)
    assert "canary" not in json.dumps(findings)
