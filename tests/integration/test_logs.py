"""What the logs hold, and what they never hold."""

import json
import logging

from tests.integration.conftest import API_KEY, Stack


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_mint_leaves_one_ledger_line_and_its_metrics(stack: Stack) -> None:
    answer = stack.post({"session": {"type": "realtime", "model": "gpt-realtime-2.1"}})

    ledger, metrics = lines(stack.read_logs())
    assert ledger["message"] == "client_secret_issued"
    assert ledger["model"] == "gpt-realtime-2.1"
    assert ledger["session_id"] == answer.json["session"]["id"]
    assert ledger["upstream_request_id"] == answer.headers["x-request-id"]
    assert metrics["ClientSecretIssued"] == [1.0]
    assert metrics["ColdStart"] == [1.0]


def test_no_key_and_no_client_secret_is_in_any_log(stack: Stack) -> None:
    issued = stack.post({"session": {"type": "realtime", "instructions": "instruction-canary"}})
    stack.openai.accept_keys("sk-test-other")
    stack.post({"session": {"type": "realtime", "instructions": "instruction-canary"}})
    logging.getLogger(stack.app.logger.service).error("planted-canary %s", "sk-planted-12345678")

    logs = stack.read_logs()

    # The search works: it finds the one that was planted, less the credential in it.
    assert "planted-canary <redacted>" in logs
    assert logs.count("\n") >= 4
    for credential in (API_KEY, issued.json["value"], "instruction-canary", "sk-planted"):
        assert credential not in logs


def test_a_refusal_is_one_line_at_info_without_a_stack(stack: Stack) -> None:
    stack.post("[]")

    refusal, *rest = lines(stack.read_logs())
    [metrics] = [line for line in rest if "RequestRefused" in line]
    assert refusal["level"] == "INFO"
    assert refusal["code"] == "invalid_json"
    assert "stack_trace" not in refusal
    assert metrics["RequestRefused"] == [1.0]
    assert metrics["reason"] == "invalid_json"


def test_a_failure_is_one_line_at_error_with_its_stack(stack: Stack) -> None:
    from local.openai_standin import Answer as Scripted

    stack.openai.script(Scripted(500), Scripted(500))

    stack.post({})

    failure = lines(stack.read_logs())[0]
    assert failure["level"] == "ERROR"
    assert failure["code"] == "upstream_error"
    assert failure["upstream_retries"] == 1
    assert "stack_trace" in failure
