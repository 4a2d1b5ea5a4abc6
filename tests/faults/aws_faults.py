"""What Secrets Manager and DynamoDB can do."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from tests.faults import canaries
from tests.faults.fake_aws import JSON, aws_error, counts, secrets, slowly
from tests.faults.fault import (
    FAILED,
    SHORT_S,
    Expected,
    Fault,
    issued,
    no_key,
    no_quota,
    timed_out,
)
from tests.faults.openai_faults import refused
from tests.faults.scene import API_KEY_SECRET, Scene, minted
from tests.raw_server import Peer, Reply, deaf_port, refusing_port, silent
from tests.replies import drip, head, raw, reply, seconds

# Of nobody who answers: `refusing_port` or `deaf_port`.
Port = Callable[[], AbstractContextManager[int]]
LATER = "after 2000 ms"
HTML = reply(200, b"<html>canary</html>", {"Content-Type": "text/html"})
# An answer of 60 bytes that takes a minute.
DRIPPING = drip(head(200, JSON) + b"{}", pause=seconds(0.2))
USELESS = {
    "is empty": "",
    "is white space": " \n\t",
    "is a placeholder": "REPLACE_ME",
    "is two lines": f"{canaries.API_KEY}\n{canaries.OTHER_KEY}",
    "is JSON without `api_key`": json.dumps({"key": canaries.API_KEY}),
    "is JSON with a number": '{"api_key": 5}',
    "is broken JSON": f'{{"api_key": "{canaries.API_KEY}"',
    "is binary": {"SecretBinary": "Y2FuYXJ5LXRlc3Q="},
}


def secrets_manager(fault: Reply) -> Callable[[Scene], None]:
    """It behaves like this from the first request on."""
    return lambda scene: scene.secrets_manager.answer_with(fault)


def with_key(value: object) -> Callable[[Scene], None]:
    """The API key's secret has another value."""
    return lambda scene: scene.values.update({"OpenAIApiKey": value})


def nobody_at(variable: str, port: Port) -> Callable[[Scene], None]:
    """Nobody is where this variable leads."""

    def arrange(scene: Scene) -> None:
        number = scene.cleanup.enter_context(port())
        scene.variables[variable] = f"http://127.0.0.1:{number}"

    return arrange


def aged(then: Reply, age_s: float) -> Callable[[Scene], None]:
    """A key is held, and so old; then Secrets Manager behaves like this."""

    def arrange(scene: Scene) -> None:
        scene.warm()
        scene.age_key(age_s)
        scene.secrets_manager.answer_with(then)

    return arrange


def refusing(openai: Reply, then: Reply) -> Callable[[Scene], None]:
    """A key is held; then OpenAI refuses it, and Secrets Manager behaves like this."""

    def arrange(scene: Scene) -> None:
        scene.warm()
        scene.openai.answer_with(openai)
        scene.secrets_manager.answer_with(then)

    return arrange


def only_other_key(peer: Peer) -> bool:
    """OpenAI accepts a key that is not the one held."""
    assert peer.request is not None
    accepted = peer.request.headers["authorization"] == f"Bearer {canaries.OTHER_KEY}"
    return (minted if accepted else refused(401, "invalid_api_key"))(peer)


def _secrets_manager() -> Iterator[Fault]:
    where = "AWS_ENDPOINT_URL_SECRETS_MANAGER"
    passing = {
        "is down": nobody_at(where, refusing_port),
        "throttles": secrets_manager(aws_error("ThrottlingException")),
        "fails": secrets_manager(aws_error("InternalServiceError", 500)),
        "answers with HTML": secrets_manager(HTML),
        "answers with a JSON array": secrets_manager(reply(200, [], JSON)),
        "answers without a value": secrets_manager(reply(200, {"ARN": "a"}, JSON)),
    }
    for name, arrange in passing.items():
        yield Fault("Secrets Manager", name, arrange, no_key(LATER))
    slow = {
        "does not take the connection": nobody_at(where, deaf_port),
        "hangs": secrets_manager(silent),
        "drips": secrets_manager(DRIPPING),
    }
    for name, arrange in slow.items():
        yield Fault("Secrets Manager", name, arrange, no_key(LATER), SHORT_S)
    for code in ("AccessDeniedException", "ResourceNotFoundException", "DecryptionFailure"):
        arrange = secrets_manager(aws_error(code))
        yield Fault("Secrets Manager", f"answers {code}", arrange, no_key())
    for name, value in USELESS.items():
        yield Fault("Secrets Manager", f"has a key that {name}", with_key(value), no_key())
    newline = with_key(f"{canaries.API_KEY}\n")
    yield Fault("Secrets Manager", "has a key with a line break after it", newline, issued())


def _key_held() -> Iterator[Fault]:
    whose = "Secrets Manager"
    down = aws_error("InternalServiceError", 500)
    stale = issued(metric="StaleApiKeyUsed")
    yield Fault(whose, "is down, with a key of an hour", aged(down, 3600), stale)
    yield Fault(whose, "hangs, with a key of an hour", aged(silent, 3600), stale, 3.5)
    yield Fault(whose, "is down, with a key of 25 hours", aged(down, 25 * 3600), no_key(LATER))
    denied = aws_error("AccessDeniedException")
    yield Fault(whose, "denies, with a key of an hour", aged(denied, 3600), no_key())
    no_more = refused(401, "invalid_api_key")
    lost = no_key(LATER, calls=1)
    yield Fault(whose, "is down, and OpenAI refuses the key", refusing(no_more, down), lost)
    arrange = refusing(no_more, silent)
    yield Fault(whose, "hangs, and OpenAI refuses the key", arrange, lost, SHORT_S)
    same = secrets({"OpenAIApiKey": json.dumps(API_KEY_SECRET)})
    failed = Expected(502, "upstream_authentication_failed", "never", 1, FAILED)
    yield Fault(whose, "has no other key, and OpenAI refuses it", refusing(no_more, same), failed)
    other = secrets({"OpenAIApiKey": canaries.OTHER_KEY})
    yield Fault(whose, "has a new key", refusing(only_other_key, other), issued(2))
    arrange = refusing(refused(403), other)
    failed = Expected(502, "upstream_authentication_failed", "never", 1, FAILED)
    yield Fault(whose, "has a new key, and OpenAI answers 403", arrange, failed)


def dynamodb(fault: Reply, failure_mode: str = "closed") -> Callable[[Scene], None]:
    """It behaves like this."""

    def arrange(scene: Scene) -> None:
        scene.with_quota(failure_mode)
        scene.dynamodb.answer_with(fault)

    return arrange


def nobody_at_dynamodb(port: Port) -> Callable[[Scene], None]:
    """Nobody is where DynamoDB should be."""

    def arrange(scene: Scene) -> None:
        scene.with_quota()
        nobody_at("AWS_ENDPOINT_URL_DYNAMODB", port)(scene)

    return arrange


def _dynamodb() -> Iterator[Fault]:
    throttled = aws_error("ProvisionedThroughputExceededException")
    quick = {
        "is down": nobody_at_dynamodb(refusing_port),
        "throttles": dynamodb(throttled),
        "fails": dynamodb(aws_error("InternalServerError", 500)),
        "denies": dynamodb(aws_error("AccessDeniedException")),
        "has no such table": dynamodb(aws_error("ResourceNotFoundException")),
        "answers with HTML": dynamodb(HTML),
        "answers with a JSON array": dynamodb(reply(200, [], JSON)),
        "answers with a wrong checksum": dynamodb(reply(200, {}, {**JSON, "x-amz-crc32": "1"})),
        "counts in words": dynamodb(reply(200, {"Attributes": {"day": {"N": "x"}}}, JSON)),
        "breaks off": dynamodb(raw(head(200, {**JSON, "Content-Length": "99"}) + b"{")),
    }
    for name, arrange in quick.items():
        yield Fault("DynamoDB", name, arrange, no_quota())
    slow = {
        "does not take the connection": nobody_at_dynamodb(deaf_port),
        "hangs": dynamodb(silent),
        "drips": dynamodb(DRIPPING),
    }
    for name, arrange in slow.items():
        yield Fault("DynamoDB", name, arrange, no_quota(), SHORT_S + 1)
    passed = issued(metric="QuotaBypassed")
    yield Fault(
        "DynamoDB", "throttles, with QuotaFailureMode open", dynamodb(throttled, "open"), passed
    )
    arrange = dynamodb(silent, "open")
    yield Fault("DynamoDB", "hangs, with QuotaFailureMode open", arrange, passed, 4.0)


def everything_slow(scene: Scene) -> None:
    """Each neighbour takes its time, and OpenAI takes all of it."""
    scene.with_quota()
    scene.secrets_manager.answer_with(slowly(0.7, secrets(scene.values)))
    scene.dynamodb.answer_with(slowly(0.5, counts))
    scene.openai.answer_with(silent)


AWS = [
    *_secrets_manager(),
    *_key_held(),
    *_dynamodb(),
    Fault("All together", "are slow, and OpenAI hangs", everything_slow, timed_out(), 3.5),
]
