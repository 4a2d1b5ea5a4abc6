"""Lambda's own handler on the root logger, with every library at DEBUG."""

import json

from tests.real_runtime.conftest import event
from tests.real_runtime.neighbours import API_KEY, PEPPER, Neighbours
from tests.real_runtime.pool import Pool

SESSION_TOKEN = "canary-test-session-token-of-the-role"
ACCESS_TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJjYW5hcnkiOiJ0ZXN0In0.c2lnbmF0dXJl"


def test_no_credential_is_in_what_lambda_logs_at_debug(neighbours: Neighbours) -> None:
    neighbours.put_key(API_KEY)
    variables = neighbours.environment(
        AWS_LAMBDA_LOG_LEVEL="DEBUG", AWS_SESSION_TOKEN=SESSION_TOKEN
    )
    asking = event("realtime", headers={"authorization": f"Bearer {ACCESS_TOKEN}"})

    with Pool(environment=variables) as pool:
        issued = pool.invoke(asking).payload
        neighbours.openai.accept_keys("sk-test-canary-another-key")
        refused = pool.invoke(asking).payload

    neighbours.openai.accept_keys(API_KEY)
    assert [issued["statusCode"], refused["statusCode"]] == [200, 502]
    log = pool.text()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    loggers = {str(line.get("logger", "")).split(".")[0] for line in lines}
    assert {"botocore", "urllib3"} <= loggers
    # They say that something was there: the search would find it.
    assert any("SecretString" in line["message"] for line in lines if "logger" in line)
    client_secret = json.loads(issued["body"])["value"]
    for planted in (API_KEY, PEPPER, SESSION_TOKEN, ACCESS_TOKEN, client_secret, client_secret[3:]):
        assert planted not in log
