import json
import re

from local.openai_standin import Answer, openai_error
from tests.real_runtime.conftest import event
from tests.real_runtime.neighbours import API_KEY, Neighbours
from tests.real_runtime.pool import Pool

OAUTH = "ya29.canary-oauth-test-token"
HEADER = "canary-header-test-value"
INSTRUCTIONS = "The canary sings of testing."
ACCESS_TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJjYW5hcnkiOiJ0ZXN0In0.c2lnbmF0dXJl"
CREDENTIAL = re.compile(r"\b(?:sk|ek)[-_]\w{4,}|\beyJ\w{8,}|Bearer\s+\w{4,}")


def test_no_credential_and_no_session_content_is_logged_or_answered(
    neighbours: Neighbours,
) -> None:
    neighbours.openai.mcp_credentials = "echoed"
    tool = {
        "type": "mcp",
        "server_label": "crm",
        "server_url": "https://example.com/mcp",
        "authorization": OAUTH,
        "headers": {"x-api-key": HEADER},
    }
    session = {"type": "realtime", "instructions": INSTRUCTIONS, "tools": [tool]}
    with_token = {"authorization": f"Bearer {ACCESS_TOKEN}", "content-type": "application/json"}
    rich = event("realtime", body=json.dumps({"session": session}), headers=with_token)
    wrong = event("realtime", body=json.dumps({"session": {**session, "voice": OAUTH}}))
    leaky = f"Incorrect API key provided: {API_KEY}, for {OAUTH} of user"

    with Pool(environment=neighbours.environment()) as pool:
        minted = pool.invoke(rich)
        refused = pool.invoke(wrong)
        neighbours.openai.script(Answer(400, openai_error(f"Bad words: {API_KEY}.")))
        passed_on = pool.invoke(rich)
        neighbours.openai.script(*[Answer(500, openai_error(leaky))] * 2)
        failed = pool.invoke(rich)
        neighbours.openai.script(Answer(200, f'{{"value": "{API_KEY}"'.encode()))
        unusable = pool.invoke(rich)

    outcomes = [minted, refused, passed_on, failed, unusable]
    assert [outcome.payload["statusCode"] for outcome in outcomes] == [200, 400, 400, 502, 502]
    client_secret = json.loads(minted.payload["body"])["value"]
    log = pool.text()
    assert "client_secret_issued" in log
    for planted in (API_KEY, client_secret, ACCESS_TOKEN, HEADER, INSTRUCTIONS):
        assert planted not in log
    assert not CREDENTIAL.search(log)
    bodies = "".join(outcome.payload["body"] for outcome in outcomes)
    for planted in (API_KEY, ACCESS_TOKEN, HEADER):
        assert planted not in bodies
    assert OAUTH not in minted.payload["body"]
