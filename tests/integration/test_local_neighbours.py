"""The stand-in OpenAI and the local AWS, as clients meet them."""

import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import urllib3
from openai import AuthenticationError, BadRequestError, OpenAI

from local.aws import LocalAws
from local.openai_standin import Answer, OpenAIStandIn

KEY = "sk-test-canary-0123456789abcdef"


def client(standin: OpenAIStandIn, api_key: str = KEY) -> OpenAI:
    return OpenAI(base_url=standin.base_url, api_key=api_key, max_retries=0)


def post(standin: OpenAIStandIn, path: str, **options: Any) -> urllib3.BaseHTTPResponse:
    headers = {"authorization": f"Bearer {KEY}", **options.pop("headers", {})}
    url = standin.base_url + path
    return urllib3.request("POST", url, headers=headers, retries=False, **options)


def test_the_official_sdk_gets_a_client_secret(openai: OpenAIStandIn) -> None:
    with client(openai) as sdk:
        secret = sdk.realtime.client_secrets.create(
            expires_after={"anchor": "created_at", "seconds": 60},
            session={"type": "realtime", "model": "gpt-realtime-2.1"},
        )

    assert secret.value.startswith("ek_")
    assert len(secret.value) == 3 + 32
    assert secret.expires_at == pytest.approx(time.time() + 60, abs=5)
    assert secret.session.type == "realtime"
    assert secret.session.model == "gpt-realtime-2.1"


def test_two_secrets_differ(openai: OpenAIStandIn) -> None:
    with client(openai) as sdk:
        values = {sdk.realtime.client_secrets.create().value for _ in range(2)}

    assert len(values) == 2


def test_the_official_sdk_raises_its_own_error(openai: OpenAIStandIn) -> None:
    with client(openai) as sdk, pytest.raises(BadRequestError) as refused:
        sdk.realtime.client_secrets.create(
            session={"type": "realtime", "audio": {"output": {"speed": 9}}}
        )

    assert refused.value.code == "decimal_above_max_value"
    assert refused.value.param == "session.audio.output.speed"
    assert (refused.value.request_id or "").startswith("req_")


def test_openais_headers(openai: OpenAIStandIn) -> None:
    headers = post(openai, "/realtime/client_secrets", body=b"{}").headers

    assert headers["x-request-id"].startswith("req_")
    assert headers["openai-version"] == "2020-10-01"
    assert headers["openai-processing-ms"].isdecimal()
    assert headers["x-ratelimit-limit-requests"].isdecimal()


@pytest.mark.parametrize("base", ["/realtime", "/any/base/path/v7/realtime"])
def test_any_base_path_works(openai: OpenAIStandIn, base: str) -> None:
    assert post(openai, f"{base}/client_secrets", body=b"{}").status == 200


def test_translation_sessions(openai: OpenAIStandIn) -> None:
    body = {"session": {"model": "gpt-realtime-translate"}}

    answer = post(openai, "/realtime/translations/client_secrets", json=body).json()

    assert answer["session"]["type"] == "translation"
    assert answer["session"]["expires_at"] == answer["expires_at"]
    assert "object" not in answer["session"]


@pytest.mark.parametrize("authorization", ["", "Basic abc", "Bearer", "Bearer "])
def test_a_missing_key_is_401(openai: OpenAIStandIn, authorization: str) -> None:
    headers = {"authorization": authorization}

    answer = post(openai, "/realtime/client_secrets", body=b"{}", headers=headers)

    assert answer.status == 401
    assert answer.json()["error"]["code"] is None


def test_a_wrong_key_is_401_and_masked(openai: OpenAIStandIn) -> None:
    openai.accept_keys("sk-test-other")

    with client(openai) as sdk, pytest.raises(AuthenticationError) as refused:
        sdk.realtime.client_secrets.create()

    assert refused.value.code == "invalid_api_key"
    assert KEY not in str(refused.value)


def test_the_keys_that_are_accepted_can_change(openai: OpenAIStandIn) -> None:
    openai.accept_keys("sk-test-other")
    openai.accept_keys()

    assert post(openai, "/realtime/client_secrets", body=b"{}").status == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "/nothing", 404, None),
        ("GET", "/realtime/client_secrets", 405, "method_not_supported"),
        ("POST", "/realtime/sessions", 400, "beta_api_shape_disabled"),
    ],
)
def test_other_requests(
    openai: OpenAIStandIn, method: str, path: str, status: int, code: str | None
) -> None:
    answer = urllib3.request(method, openai.base_url + path, retries=False)

    assert (answer.status, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b"[" * 200_000],
    ids=["empty", "cut", "not UTF-8", "deep"],
)
def test_what_is_not_json_is_400(openai: OpenAIStandIn, body: bytes) -> None:
    answer = post(openai, "/realtime/client_secrets", body=body)

    assert (answer.status, answer.json()["error"]["type"]) == (400, "invalid_request_error")


def test_scripted_answers_come_first_and_once(openai: OpenAIStandIn) -> None:
    openai.script(
        Answer(500, {"error": {"message": "no"}}, {"X-Request-Id": "req_scripted"}),
        Answer(503, b"<html>", {"content-type": "text/html"}, delay_s=0.2),
    )

    first = post(openai, "/realtime/client_secrets", body=b"{}")
    started = time.monotonic()
    second = post(openai, "/realtime/client_secrets", body=b"{}")
    elapsed_s = time.monotonic() - started
    third = post(openai, "/realtime/client_secrets", body=b"{}")

    assert (first.status, first.headers["x-request-id"]) == (500, "req_scripted")
    assert (second.status, second.data) == (503, b"<html>")
    assert second.headers["content-type"] == "text/html"
    assert elapsed_s >= 0.2
    assert third.status == 200


def test_requests_are_recorded(openai: OpenAIStandIn) -> None:
    post(openai, "/realtime/client_secrets?a=1", body=b'{"session":null}', headers={"X-One": "1"})

    (recorded,) = openai.requests
    assert (recorded.method, recorded.path) == ("POST", "/v1/realtime/client_secrets")
    assert recorded.headers["x-one"] == "1"
    assert recorded.json == {"session": None}
    assert recorded.at == pytest.approx(time.time(), abs=5)


@pytest.fixture
def secret(aws: LocalAws) -> Iterator[str]:
    name = f"test/{uuid.uuid4().hex}"
    aws.put_secret(name, "first")
    yield name
    aws.secrets_manager.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)


def current(aws: LocalAws, name: str) -> str:
    return aws.secrets_manager.get_secret_value(SecretId=name)["SecretString"]


def test_a_secret_is_found_by_name_and_by_arn(aws: LocalAws, secret: str) -> None:
    assert current(aws, secret) == "first"
    assert current(aws, aws.secret_id(secret)) == "first"


def test_a_secret_can_get_a_new_value(aws: LocalAws, secret: str) -> None:
    aws.put_secret(secret, "second")

    assert current(aws, secret) == "second"


def test_a_secret_without_a_value_is_not_found(aws: LocalAws) -> None:
    name = f"test/{uuid.uuid4().hex}"
    aws.put_secret(name, None)

    with pytest.raises(aws.secrets_manager.exceptions.ResourceNotFoundException):
        current(aws, name)


def test_a_pending_version_is_current_only_when_its_label_has_moved(
    aws: LocalAws, secret: str
) -> None:
    manager = aws.secrets_manager
    before = manager.get_secret_value(SecretId=secret)["VersionId"]
    after = str(uuid.uuid4())
    manager.put_secret_value(
        SecretId=secret,
        ClientRequestToken=after,
        SecretString="second",
        VersionStages=["AWSPENDING"],
    )
    pending = current(aws, secret)

    manager.update_secret_version_stage(
        SecretId=secret,
        VersionStage="AWSCURRENT",
        MoveToVersionId=after,
        RemoveFromVersionId=before,
    )

    assert pending == "first"
    assert current(aws, secret) == "second"
    versions = manager.describe_secret(SecretId=secret)["VersionIdsToStages"]
    assert versions == {before: ["AWSPREVIOUS"], after: ["AWSCURRENT"]}


def test_a_table_of_the_template_is_created(aws: LocalAws) -> None:
    name = f"test-{uuid.uuid4().hex}"
    aws.create_table(
        name,
        {
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
        },
    )

    expiry = aws.dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert expiry["AttributeName"] == "expires_at"


@pytest.mark.parametrize("round_", range(3))
def test_a_condition_is_looked_at_and_written_in_one_step(aws: LocalAws, round_: int) -> None:
    table = f"one-step-{uuid.uuid4().hex[:8]}"
    key = [{"AttributeName": "pk", "AttributeType": "S"}]
    aws.create_table(
        table,
        {
            "AttributeDefinitions": key,
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        },
    )
    # A long expression keeps moto busy between looking and writing.
    others = {f"#o{number}": f"o{number}" for number in range(30)}

    def write(_: int) -> bool:
        try:
            aws.dynamodb.update_item(
                TableName=table,
                Key={"pk": {"S": "one"}},
                UpdateExpression=f"ADD #n :one REMOVE {', '.join(others)}",
                ConditionExpression="attribute_not_exists(#n) OR #n < :most",
                ExpressionAttributeNames={"#n": "n", **others},
                ExpressionAttributeValues={":one": {"N": "1"}, ":most": {"N": "20"}},
            )
        except aws.dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        written = list(threads.map(write, range(120)))

    assert sum(written) == 20
