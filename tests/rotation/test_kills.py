"""The function's process is killed after each thing that it changes outside, and retried.

Nobody lists those moments: a rotation is run again and again, killed after its first change, its
second, and so on, until one comes to its end without having been killed. A kill after a request
that only reads is the kill after the change before it.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from local.aws import LocalAws
from local.openai_standin import OpenAIStandIn
from local.pool import Pool
from local.rotation import rotation_function
from tests.raw_server import Request
from tests.rotation.between import Between
from tests.rotation.scene import HAND_PUT, STEPS, Scene, operation

# Secrets Manager "retries the entire rotation process multiple times"; from where, it leaves open.
RETRIES = {"from the first step": True, "from the step that failed": False}
MOST_ATTEMPTS = 6
# A rotation changes five things. Many more is a test that does not end.
MOST_CHANGES = 20


@dataclass
class Killer:
    """Between the function and both its neighbours.

    Attributes:
        scene: The secret and the neighbours.
        pool: The one environment.
        log: What the function has logged.
        done: What this attempt has asked outside so far.
        changes: How much of it changed something.
        kill_after: After how many changes, each counted from the start of its attempt.
        kills: How often this rotation was killed.
        broken: Moments in which the current key did not mint.
    """

    scene: Scene
    pool: Pool
    log: list[str]
    done: list[str] = field(default_factory=list)
    changes: int = 0
    kill_after: list[int] = field(default_factory=list)
    kills: int = 0
    broken: list[str] = field(default_factory=list)

    def saw(self, request: Request) -> bool:
        """The neighbour has done what was asked; False where the function does not live on."""
        self.done.append(what(request))
        if not changes_something(self.done[-1]):
            return True
        self.changes += 1
        if not self.scene.mints():
            self.broken.append(f"after {self.done[-1]}")
        if self.kill_after and self.changes == self.kill_after[0]:
            self.kill_after.pop(0)
            self.kills += 1
            for pid in self.pool.pids:
                os.kill(pid, signal.SIGKILL)
            return False
        return True

    def rotate(self, *kill_after: int, whole: bool = True) -> str:
        """Rotate as Secrets Manager does, killed after so many changes of each attempt."""
        version = self.scene.begin()
        self.kill_after, self.kills = list(kill_after), 0
        assert self.retry(version, whole=whole)
        return version

    def retry(self, version: str, *, whole: bool = True, attempts: int = MOST_ATTEMPTS) -> bool:
        """Take the steps until all have succeeded."""
        steps = list(STEPS)
        for _ in range(attempts):
            self.done, self.changes = [], 0
            while steps:
                if self._fails(steps[0], version):
                    break
                steps.pop(0)
            else:
                return True
            if whole:
                steps = list(STEPS)
        return False

    def _fails(self, step: str, version: str) -> bool:
        event = {"Step": step, "SecretId": self.scene.secret_id, "ClientRequestToken": version}
        return self.pool.invoke(event).is_error

    def left_behind(self, version: str) -> list[str]:
        """What is not as it must be after a rotation; nothing, if all is well."""
        scene = self.scene
        used = [scene.value(label)["service_account_id"] for label in ("AWSCURRENT", "AWSPREVIOUS")]
        looked_at = {
            "labels": scene.labels().get(version) == ["AWSCURRENT"],
            "pending": scene.version("AWSPENDING") is None,
            "accounts": sorted(used) == sorted(scene.accounts),
            "current key": scene.mints(),
            "previous key": scene.mints("AWSPREVIOUS"),
        }
        return [name for name, is_well in looked_at.items() if not is_well] + self.broken


def what(request: Request) -> str:
    """A request in a word or two."""
    return operation(request) or f"{request.method} {request.target}"


def changes_something(done: str) -> bool:
    return done.startswith(("POST", "DELETE", "Put", "Update"))


@contextmanager
def killing(aws: LocalAws) -> Iterator[Killer]:
    """A secret that has been rotated twice, so that the next rotation deletes an account."""
    name = f"test-kills-{os.urandom(4).hex()}"
    log: list[str] = []
    with (
        OpenAIStandIn() as openai,
        Between(openai.base_url) as to_openai,
        Between(aws.url) as to_aws,
    ):
        secret_id = aws.put_secret(name, HAND_PUT)
        function = rotation_function(
            aws,
            secret_name=name,
            base_url=to_openai.base_url,
            variables={"AWS_ENDPOINT_URL_SECRETS_MANAGER": to_aws.origin},
        )
        scene = Scene(aws, openai, to_openai, to_aws, secret_id)
        with Pool(function, maximum=1, log=log.append) as pool:
            killer = Killer(scene, pool, log)
            to_openai.afterwards = to_aws.afterwards = killer.saw
            aws.secrets_manager.rotate_secret(
                SecretId=name,
                RotationLambdaARN=function.arn,
                RotationRules={"AutomaticallyAfterDays": 30},
            )
            assert killer.retry(scene.version("AWSPENDING") or "")
            killer.rotate()
            yield killer


@pytest.fixture(scope="module")
def killer(aws: LocalAws) -> Iterator[Killer]:
    with killing(aws) as killer:
        yield killer


def test_without_a_kill_a_rotation_does_these_things(killer: Killer) -> None:
    version = killer.rotate()

    assert killer.left_behind(version) == []
    changing = [done.partition("?")[0] for done in killer.done if changes_something(done)]
    accounts = "/v1/organization/projects/proj_local/service_accounts"
    deleted = killer.scene.openai.admin.deleted[-1]
    assert changing == [
        f"POST {accounts}",
        "PutSecretValue",
        "POST /v1/realtime/client_secrets",
        f"DELETE {accounts}/{deleted}",
        "UpdateSecretVersionStage",
    ]
    # What others see is the last thing done.
    assert killer.done[-1] == "UpdateSecretVersionStage"


@pytest.mark.parametrize("whole", RETRIES.values(), ids=RETRIES)
def test_killed_after_any_change_it_converges(killer: Killer, *, whole: bool) -> None:
    left_behind = {}
    for number in range(1, MOST_CHANGES):
        version = killer.rotate(number, whole=whole)
        if killer.kills == 0:
            break
        left_behind[number] = killer.left_behind(version)

    assert left_behind == {number: [] for number in range(1, 6)}
    assert killer.kills == 0


def test_killed_again_after_any_change_of_the_second_attempt_it_converges(killer: Killer) -> None:
    left_behind = {}
    for first in range(1, MOST_CHANGES):
        for second in range(1, MOST_CHANGES):
            version = killer.rotate(first, second)
            if killer.kills < 2:
                break
            left_behind[first, second] = killer.left_behind(version)
        if killer.kills == 0:
            break

    # The second attempt finds the more done, the later the first was killed.
    assert [max(s for f, s in left_behind if f == first) for first in range(1, 6)] == [
        6,
        3,
        3,
        2,
        1,
    ]
    assert {numbers: left for numbers, left in left_behind.items() if left} == {}


def test_killed_and_given_up_it_leaves_nothing_after_the_next_rotation(killer: Killer) -> None:
    """After the first kill nobody retries; the operator takes the label off and rotates again."""
    left_behind = {}
    for number in range(1, MOST_CHANGES):
        given_up = killer.scene.begin()
        killer.kill_after, killer.kills = [number], 0
        killer.retry(given_up, attempts=1)
        if killer.kills == 0:
            break
        if killer.scene.version("AWSPENDING") == given_up:
            killer.scene.aws.secrets_manager.update_secret_version_stage(
                SecretId=killer.scene.secret_id,
                VersionStage="AWSPENDING",
                RemoveFromVersionId=given_up,
            )
        left_behind[number] = killer.left_behind(killer.rotate())

    assert left_behind == {number: [] for number in range(1, 6)}


def test_none_of_the_keys_is_in_any_log(killer: Killer) -> None:
    text = "\n".join(killer.log)
    openai = killer.scene.openai
    authorizations = {each.headers["authorization"].split()[1] for each in openai.requests}

    assert "key_rotated" in text
    assert len(authorizations) > 2
    assert openai.issued
    for credential in {*authorizations, *openai.issued, HAND_PUT}:
        assert credential not in text
        # Nor a part that is long enough to guess the rest from.
        assert credential[12:32] not in text
    assert "sk-" not in text
