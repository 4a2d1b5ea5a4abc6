"""What each step does, once and again, and what a rotation leaves behind."""

import json
import time

import pytest

from local.openai_admin import PROJECT_ID
from rotation.secret import account_name
from tests.replies import reply
from tests.rotation.conftest import Start
from tests.rotation.scene import HAND_PUT, STEPS, Scene


def test_a_rotation_makes_a_key_that_mints_and_keeps_the_one_before(scene: Scene) -> None:
    first = scene.version("AWSCURRENT")

    version = scene.rotate()

    assert scene.labels() == {version: ["AWSCURRENT"], first: ["AWSPREVIOUS"]}
    [account] = scene.openai.admin.accounts.values()
    assert scene.value() == {
        "api_key": account.key,
        "api_key_id": account.key_id,
        "service_account_id": account.id,
    }
    assert scene.value("AWSPREVIOUS") == {"api_key": HAND_PUT}
    assert scene.mints()
    assert scene.mints("AWSPREVIOUS")


def test_the_account_of_two_rotations_ago_is_deleted_and_no_other(scene: Scene) -> None:
    scene.rotate()
    scene.rotate()
    first, second = scene.accounts

    scene.rotate()

    assert scene.openai.admin.deleted == [first]
    assert scene.accounts == [second, scene.value()["service_account_id"]]
    assert scene.value("AWSPREVIOUS")["service_account_id"] == second
    assert scene.mints()
    assert scene.mints("AWSPREVIOUS")


def test_the_account_is_named_after_the_secret_and_the_version(scene: Scene) -> None:
    version = scene.rotate()

    [account] = scene.openai.admin.accounts.values()
    assert account.name == account_name(scene.secret_id, version)
    # The end of the ARN, which no other secret has, and the version.
    tail = scene.secret_id.rpartition("/")[2]
    assert account.name.endswith(f"{tail}-{version}")


def test_other_members_of_the_secret_are_kept(start: Start) -> None:
    kept = {"organization": "org-test", "project": PROJECT_ID, "note": {"of": ["the", "team"]}}
    scene = start(value=json.dumps({"api_key": HAND_PUT, **kept}))

    scene.rotate()

    assert {name: scene.value()[name] for name in kept} == kept
    [minted] = [each for each in scene.openai.requests if each.path.endswith("client_secrets")]
    assert minted.headers["openai-organization"] == "org-test"
    assert minted.headers["openai-project"] == PROJECT_ID


def test_the_new_key_is_proven_with_a_client_secret_of_ten_seconds(
    start: Start,
) -> None:
    scene = start(TEST_MODEL="gpt-realtime-test")

    scene.rotate()

    [minted] = [each for each in scene.openai.requests if each.path.endswith("client_secrets")]
    assert minted.headers["authorization"] == f"Bearer {scene.value()['api_key']}"
    assert minted.json == {
        "expires_after": {"anchor": "created_at", "seconds": 10},
        "session": {"type": "realtime", "model": "gpt-realtime-test"},
    }


def test_a_secret_without_a_value_gets_its_first_key(start: Start) -> None:
    scene = start(value=None)

    version = scene.rotate()

    assert scene.labels() == {version: ["AWSCURRENT"]}
    assert scene.mints()


@pytest.mark.parametrize("name", STEPS)
def test_a_step_taken_twice_changes_nothing_more(scene: Scene, name: str) -> None:
    scene.rotate()
    version = scene.begin()
    for step in STEPS:
        assert scene.step(step, version) is None
        if step == name:
            before = scene.labels(), scene.accounts, scene.value("AWSCURRENT")
            assert scene.step(step, version) is None
            assert (scene.labels(), scene.accounts, scene.value("AWSCURRENT")) == before

    assert len(scene.accounts) == 2


def test_all_steps_again_after_the_end_change_nothing(scene: Scene) -> None:
    scene.rotate()
    version = scene.rotate()
    before = scene.labels(), scene.accounts, scene.value()

    assert scene.steps(version) == []

    assert (scene.labels(), scene.accounts, scene.value()) == before


def test_an_account_whose_key_was_never_stored_is_found_by_its_name(scene: Scene) -> None:
    version = scene.begin()
    orphan = scene.app.rotation.service_accounts.create(account_name(scene.secret_id, version))

    assert scene.steps(version) == []

    assert scene.openai.admin.deleted == [orphan.service_account_id]
    assert len(scene.accounts) == 1


def test_orphans_are_found_on_every_page_of_the_list(scene: Scene) -> None:
    admin, create = scene.openai.admin, scene.app.rotation.service_accounts.create
    others = [create(f"somebody-elses-{number}").service_account_id for number in range(230)]
    version = scene.begin()
    orphan = create(account_name(scene.secret_id, version)).service_account_id

    assert scene.steps(version) == []

    assert admin.deleted == [orphan]
    assert set(others) < set(admin.accounts)


def test_accounts_of_abandoned_rotations_go_at_the_end_of_the_next(scene: Scene) -> None:
    scene.rotate()
    abandoned = scene.begin()
    assert scene.step("createSecret", abandoned) is None
    [_, left_over] = scene.accounts
    # What the operator does, and what `make put-key` does by itself.
    scene.aws.secrets_manager.update_secret_version_stage(
        SecretId=scene.secret_id, VersionStage="AWSPENDING", RemoveFromVersionId=abandoned
    )

    scene.rotate()

    assert scene.openai.admin.deleted == [left_over]
    assert len(scene.accounts) == 2


def test_another_secrets_accounts_are_left_alone(start: Start) -> None:
    scene = start()
    prefix = account_name(scene.secret_id, "")
    version = "00000000-0000-4000-8000-000000000000"
    others = (
        "realtime",
        prefix.rstrip("-"),
        f"{prefix}not-a-version",
        account_name(scene.secret_id[:-1] + "x", version),
        account_name(scene.secret_id.replace(":secret:", ":secret:prod-"), version),
    )
    create = scene.app.rotation.service_accounts.create
    kept = [create(name).service_account_id for name in others]

    for _ in range(3):
        scene.rotate()

    assert set(kept) < set(scene.accounts)
    assert len(scene.accounts) == len(kept) + 2


def test_a_key_put_in_by_hand_during_a_rotation_stays(scene: Scene) -> None:
    scene.rotate()
    version = scene.begin()
    for name in STEPS[:3]:
        assert scene.step(name, version) is None
    by_hand = "sk-test-canary-put-in-meanwhile-0123456789"
    scene.put(by_hand)

    failure = scene.step("finishSecret", version)

    assert failure == f"finishSecret: Version {version} of the secret is not pending."
    assert scene.value() == {"api_key": by_hand}


def test_after_a_key_put_in_by_hand_the_next_rotation_deletes_what_nobody_uses(
    scene: Scene,
) -> None:
    scene.rotate()
    [before] = scene.accounts
    scene.put(HAND_PUT)

    scene.rotate()

    assert scene.openai.admin.deleted == [before]
    assert scene.accounts == [scene.value()["service_account_id"]]


def test_a_label_that_moves_under_the_last_step_is_not_overruled(scene: Scene) -> None:
    version = scene.begin()
    for name in STEPS[:3]:
        assert scene.step(name, version) is None
    by_hand = "sk-test-canary-put-in-just-now-0123456789"

    def put_first(request: object) -> None:
        if b"UpdateSecretVersionStage" in repr(request).encode():
            scene.put(by_hand)

    scene.to_aws.instead = put_first
    failure = scene.step("finishSecret", version)

    assert failure is not None
    assert failure.startswith("finishSecret: The new key cannot be made the current one:")
    assert scene.value() == {"api_key": by_hand}


def test_switching_rotation_on_tests_nothing_where_there_is_no_new_key(scene: Scene) -> None:
    # An empty version, as AWS says that RotateSecret makes.
    assert scene.step("testSecret", scene.begin()) is None

    assert scene.openai.requests == []


def test_nor_where_the_version_is_a_copy_of_the_current_one(scene: Scene) -> None:
    version = scene.begin()
    scene.aws.secrets_manager.put_secret_value(
        SecretId=scene.secret_id,
        ClientRequestToken=version,
        SecretString=HAND_PUT,
        VersionStages=["AWSPENDING"],
    )

    assert scene.step("testSecret", version) is None

    assert scene.openai.requests == []


def test_it_needs_no_admin_key_yet(start: Start) -> None:
    scene = start(value=None, admin_key=None)

    assert scene.step("testSecret", scene.begin()) is None


def test_an_empty_version_is_never_made_current(scene: Scene) -> None:
    version, before = scene.begin(), scene.version("AWSCURRENT")

    failure = scene.step("finishSecret", version)

    assert failure == "finishSecret: The pending version is empty; it is not made current."
    assert scene.version("AWSCURRENT") == before


@pytest.mark.parametrize("name", STEPS)
def test_a_version_that_is_not_under_rotation_is_refused(scene: Scene, name: str) -> None:
    scene.rotate()
    before = scene.version("AWSPREVIOUS") or ""

    assert scene.step(name, before) == f"{name}: Version {before} of the secret is not pending."
    assert scene.step(name, "unknown") == f"{name}: Version unknown of the secret is not pending."


@pytest.mark.parametrize("name", STEPS)
def test_a_secret_whose_rotation_is_off_is_refused(scene: Scene, name: str) -> None:
    version = scene.begin()
    scene.aws.secrets_manager.cancel_rotate_secret(SecretId=scene.secret_id)

    assert scene.step(name, version) == f"{name}: Rotation of this secret is switched off."


def test_another_secret_is_refused(scene: Scene) -> None:
    scene.secret_id, own = scene.aws.put_secret("test-other", HAND_PUT), scene.secret_id

    failure = scene.step("createSecret", "00000000-0000-4000-8000-000000000000")

    assert failure == f"createSecret: This function rotates {own} alone."


def test_an_unknown_step_is_refused(scene: Scene) -> None:
    failure = scene.step("removeSecret", scene.begin())

    assert failure == (
        "removeSecret: There is no such step; there are createSecret, setSecret, testSecret, "
        "finishSecret."
    )


def test_the_secrets_project_must_be_the_one_where_keys_are_made(
    start: Start,
) -> None:
    scene = start(value=json.dumps({"api_key": HAND_PUT, "project": "proj_other"}))

    failure = scene.step("createSecret", scene.begin())

    assert failure == "createSecret: The secret's project is another one than OpenAIProjectId."
    assert scene.accounts == []


def test_a_key_lives_as_long_as_the_parameter_says(start: Start) -> None:
    scene = start(KEY_LIFETIME_DAYS="90")
    scene.openai.admin.longest_key_life_s = 90 * 86_400

    scene.rotate()

    [account] = scene.openai.admin.accounts.values()
    assert account.key_expires_at == pytest.approx(time.time() + 90 * 86_400, abs=60)


def test_without_a_lifetime_none_is_sent(scene: Scene) -> None:
    scene.rotate()

    [created] = [
        each
        for each in scene.openai.requests
        if each.path.endswith("service_accounts") and each.method == "POST"
    ]
    assert created.json == {"name": next(iter(scene.openai.admin.accounts.values())).name}


def test_a_policy_that_demands_a_lifetime_is_a_clear_failure(scene: Scene) -> None:
    scene.openai.admin.longest_key_life_s = 90 * 86_400

    failure = scene.step("createSecret", scene.begin())

    assert failure is not None
    assert "param expires_in_seconds" in failure


def test_a_new_key_that_is_not_known_everywhere_yet_is_waited_for(scene: Scene) -> None:
    scene.openai.admin.key_delay_s = 1.2

    scene.rotate()

    log = scene.log()
    assert log.count("new_key_refused_yet") == 2
    assert scene.mints()


def test_a_new_key_that_never_works_is_not_made_current(scene: Scene) -> None:
    scene.openai.admin.key_delay_s = 600
    version, before = scene.begin(), scene.version("AWSCURRENT")
    assert scene.step("createSecret", version) is None

    failure = scene.step("testSecret", version, timeout_s=6.0)

    assert failure is not None
    assert failure.startswith("testSecret: The new key does not mint; it is not made current:")
    assert scene.version("AWSCURRENT") == before


def test_a_model_that_the_project_forbids_is_not_waited_for(scene: Scene) -> None:
    version = scene.begin()
    assert scene.step("createSecret", version) is None
    error = {"message": "No.", "type": "invalid_request_error", "param": None}
    refused = reply(403, {"error": {**error, "code": "model_not_found"}})
    scene.to_openai.instead = lambda _: refused
    started = time.monotonic()

    failure = scene.step("testSecret", version)

    assert failure is not None
    assert "code model_not_found" in failure
    assert time.monotonic() - started < 0.4


@pytest.mark.parametrize("takes_duplicates", [False, True])
def test_it_does_not_matter_whether_openai_takes_a_name_twice(
    scene: Scene, takes_duplicates: bool
) -> None:
    scene.openai.admin.takes_duplicate_names = takes_duplicates
    version = scene.begin()
    scene.app.rotation.service_accounts.create(account_name(scene.secret_id, version))

    assert scene.steps(version) == []

    assert len(scene.accounts) == 1


@pytest.mark.parametrize(
    ("days", "is_logged"), [(59, True), (61, False), (None, False)], ids=["soon", "late", "never"]
)
def test_an_admin_key_that_ends_before_the_rotation_after_the_next_is_logged(
    scene: Scene, days: int | None, is_logged: bool
) -> None:
    expires_at = None if days is None else int(time.time()) + days * 86_400
    scene.openai.admin.admin_key_expires_at = expires_at

    scene.rotate()

    assert ("admin_api_key_expires_soon" in scene.log()) == is_logged


def test_an_admin_key_that_may_not_list_its_kind_rotates_all_the_same(scene: Scene) -> None:
    refused = reply(403, {"error": {"message": "No.", "type": "t", "param": None, "code": None}})
    scene.to_openai.instead = lambda request: (
        refused if "admin_api_keys" in request.target else None
    )

    scene.rotate()

    assert "admin_api_key_expiry_unknown" in scene.log()
