"""Every fault of the Admin API's and of Secrets Manager's: a failed step, and nothing else."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from local.aws import LocalAws
from local.openai_admin import ADMIN_KEY
from tests.raw_server import Reply, Request, silent
from tests.replies import flood, head, raw, reply
from tests.rotation.conftest import Start, starting
from tests.rotation.scene import HAND_PUT, Scene, operation

CANARY = "sk-admin-canary-0123456789abcdefghij"


@dataclass(frozen=True)
class Call:
    """One call of a rotation.

    Attributes:
        matches: Of method and path.
        step: In which it is made.
        says: How the failure begins.
    """

    matches: str
    step: str
    says: str


CALLS = {
    "list, before": Call(
        "GET .*/service_accounts", "createSecret", "The service accounts cannot be listed"
    ),
    "create": Call("POST .*/service_accounts", "createSecret", "No service account was made"),
    "mint": Call("POST .*/realtime/client_secrets", "testSecret", "The new key does not mint"),
    "list, after": Call(
        "GET .*/service_accounts", "finishSecret", "The service accounts cannot be listed"
    ),
    "delete": Call(
        "DELETE .*/service_accounts/.*", "finishSecret", "Service account svc_acct_.* was not"
    ),
}


def refusal(status: int, code: str | None = None) -> Reply:
    # OpenAI quotes keys.
    error = {"message": f"Not with {CANARY}.", "type": "t", "param": None, "code": code}
    return reply(status, {"error": error}, {"Retry-After-Ms": "1", "X-Request-Id": "req_fault"})


@dataclass(frozen=True)
class Fault:
    """One fault, and what the log has to say of it."""

    given: Reply
    says: str


FAULTS = {
    "400": Fault(refusal(400, "invalid_value"), "Status 400: code invalid_value"),
    "401": Fault(refusal(401, "invalid_api_key"), "Status 401: code invalid_api_key"),
    "403": Fault(refusal(403), "Status 403"),
    "404": Fault(refusal(404), "Status 404"),
    "409": Fault(refusal(409), "Status 409"),
    "429": Fault(refusal(429, "rate_limit_exceeded"), "Status 429"),
    "429, spent": Fault(refusal(429, "insufficient_quota"), "code insufficient_quota"),
    "500": Fault(refusal(500), "Status 500: request req_fault"),
    "503": Fault(refusal(503), "Status 503"),
    "307": Fault(reply(307, b"", {"Location": "http://127.0.0.1:1/"}), "Status 307"),
    "HTML with 200": Fault(reply(200, b"<html>" + CANARY.encode()), "it is not JSON|without"),
    "a list for an object": Fault(reply(200, [CANARY]), "it is not a JSON object"),
    "an empty object": Fault(reply(200, {}), "it has no"),
    "nothing": Fault(reply(200), "it is not JSON"),
    "2 MB": Fault(flood(head(200, {"Content-Length": "2000000"}), b" " * 1000, 2000), "1 MiB"),
    "reset": Fault(raw(b"", then="reset"), "Connection error"),
    "cut off": Fault(raw(head(200, {"Content-Length": "900"}) + b'{"id": "'), "Connection error"),
    "not HTTP": Fault(raw(b"\x15\x03\x01\x00"), "the answer is not HTTP"),
    "hangs": Fault(silent, "Request timed out"),
}
# OpenAI says no more about a DELETE than that it was one; and what is not there is deleted.
MEANS_NOTHING = {
    ("delete", name)
    for name in ("404", "HTML with 200", "a list for an object", "an empty object", "nothing")
} | {("delete", "2 MB")}
ROWS = [(call, fault) for call in CALLS for fault in FAULTS if (call, fault) not in MEANS_NOTHING]


@pytest.fixture(scope="module")
def scene(aws: LocalAws) -> Iterator[Scene]:
    """A secret that has been rotated twice, and a function without much patience."""
    with pytest.MonkeyPatch.context() as patch, starting(aws) as start:
        patch.setattr("rotation.proof.TIMEOUT_S", 0.4)
        patch.setattr("rotation.steps.PATIENCE_S", 0.6)
        scene = start()
        scene.rotate()
        scene.rotate()
        yield scene


@pytest.fixture(autouse=True)
def _undisturbed(scene: Scene) -> None:
    scene.to_openai.instead = scene.to_aws.instead = lambda _: None
    # What a test has left pending.
    if (pending := scene.version("AWSPENDING")) is not None:
        assert scene.steps(pending) == []
    scene.log()


@pytest.mark.parametrize(("call", "fault"), ROWS, ids=[f"{call}: {fault}" for call, fault in ROWS])
def test_a_fault_of_openais_is_a_failed_step_and_nothing_is_lost(
    scene: Scene, call: str, fault: str
) -> None:
    before = scene.labels(), scene.value(), scene.value("AWSPREVIOUS")
    version = scene.begin()
    expected, hit = CALLS[call], FAULTS[fault]
    scene.to_openai.instead = only(scene, expected, hit.given)

    [failure] = scene.steps(version)

    log = scene.log()
    assert re.match(f"{expected.step}: {expected.says}", failure)
    assert re.search(hit.says, failure)
    [failed] = [json.loads(line) for line in log.splitlines() if '"step_failed"' in line]
    assert failed["level"] == "ERROR"
    assert f"{expected.step}: {failed['reason']}" == failure
    assert failed["version"] == version
    assert scene.version("AWSPENDING") == version
    assert {k: v for k, v in scene.labels().items() if k != version} == before[0]
    assert (scene.value(), scene.value("AWSPREVIOUS")) == before[1:]
    assert scene.mints()
    assert not any(each in log + failure for each in credentials(scene))

    scene.to_openai.instead = lambda _: None
    assert scene.steps(version) == []

    assert scene.version("AWSCURRENT") == version
    assert len(scene.accounts) == 2
    assert scene.mints()
    assert scene.mints("AWSPREVIOUS")


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "Is the admin key right, and not expired?"),
        (403, "The admin key needs the permission to manage projects"),
        (404, "Is OpenAIProjectId right, and the project not archived?"),
        (500, "Secrets Manager tries again."),
    ],
)
def test_a_refusal_of_the_admin_api_says_what_to_do(scene: Scene, status: int, advice: str) -> None:
    scene.to_openai.instead = only(scene, CALLS["create"], refusal(status))

    [failure] = scene.steps(scene.begin())

    assert advice in failure


def test_a_busy_admin_api_is_asked_three_times(scene: Scene) -> None:
    asked: list[Request] = []
    busy = only(scene, CALLS["create"], refusal(429))
    scene.to_openai.instead = lambda request: noted(asked, request, busy(request))

    assert len(scene.steps(scene.begin())) == 1

    assert [each.headers["x-stainless-retry-count"] for each in asked] == ["0", "1", "2"]


def test_an_admin_api_that_fails_at_making_an_account_is_asked_once(
    scene: Scene,
) -> None:
    """It may have made one; the next attempt finds it by its name."""
    asked: list[Request] = []
    failing = only(scene, CALLS["create"], refusal(500))
    scene.to_openai.instead = lambda request: noted(asked, request, failing(request))

    assert len(scene.steps(scene.begin())) == 1

    assert len(asked) == 1


@pytest.mark.parametrize(
    ("admin_key", "says"),
    [
        (None, "No service account was made|cannot be listed: The admin key: Secrets Manager"),
        ("<admin key>", "The admin key: the secret still holds a placeholder."),
        ('{"key": 5}', 'The admin key: the secret is JSON without a string "api_key".'),
        ("sk-admin-not-this-one-0123456789", "Status 401: code invalid_api_key"),
        ("sk-proj-not-an-admin-key-0123456789", "Status 403.*permission to manage projects"),
    ],
    ids=["none", "placeholder", "JSON", "another", "a project's"],
)
def test_an_admin_key_that_does_not_do_is_a_failed_step(
    start: Start, admin_key: str | None, says: str
) -> None:
    scene = start(admin_key=admin_key)

    [failure] = scene.steps(scene.begin())

    assert failure.startswith("createSecret: The service accounts cannot be listed: ")
    assert re.search(says, failure)
    assert scene.value() == {"api_key": HAND_PUT}


OPERATIONS = ("DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage")


@pytest.mark.parametrize("asked", OPERATIONS)
@pytest.mark.parametrize("code", ["AccessDeniedException", "InternalServiceError", "reset"])
def test_a_fault_of_secrets_managers_is_a_failed_step_and_nothing_is_lost(
    scene: Scene, asked: str, code: str
) -> None:
    before = scene.value()
    version = scene.begin()
    status = 400 if code == "AccessDeniedException" else 500
    error = reply(status, {"__type": code, "message": f"Not with {CANARY}."})
    given = raw(b"", then="reset") if code == "reset" else error
    scene.to_aws.instead = lambda request: given if operation(request) == asked else None

    [failure] = scene.steps(version)

    assert "Secrets Manager" in failure
    assert code in failure or code == "reset"
    assert CANARY not in failure + scene.log()
    assert scene.value() == before

    scene.to_aws.instead = lambda _: None
    assert scene.steps(version) == []

    assert scene.version("AWSCURRENT") == version
    assert len(scene.accounts) == 2


def test_a_bug_is_a_failed_step_whose_text_says_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:

    def fail(*_: object) -> None:
        raise ZeroDivisionError(CANARY)

    monkeypatch.setitem(scene.app.STEPS, "createSecret", fail)

    [failure] = scene.steps(scene.begin())

    assert failure == "createSecret: a bug, ZeroDivisionError"
    log = scene.log()
    assert '"step_failed"' in log
    assert CANARY not in log


def only(scene: Scene, call: Call, given: Reply) -> Callable[[Request], Reply | None]:
    """*given* for this call, in this step: a list is asked for in two of them."""
    step = scene.app.logger.get_current_keys

    def instead(request: Request) -> Reply | None:
        path = request.target.partition("?")[0]
        is_it = re.fullmatch(call.matches, f"{request.method} {path}")
        return given if is_it and step()["step"] == call.step else None

    return instead


def noted(asked: list[Request], request: Request, given: Reply | None) -> Reply | None:
    if given is not None:
        asked.append(request)
    return given


def credentials(scene: Scene) -> Iterator[str]:
    yield from (CANARY, ADMIN_KEY, HAND_PUT)
    yield from (account.key for account in scene.openai.admin.accounts.values())
    yield from scene.openai.issued
