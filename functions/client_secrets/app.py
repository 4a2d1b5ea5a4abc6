"""The endpoint: a request becomes a client secret.

1. caller: who asks, from the authorizer's verified context only, and their name for OpenAI.
2. body: read as JSON, more strictly than Python would.
3. session policy: the operator's profile and the body become params, judged by OpenAI's contract.
4. quota: one request is charged, and given back if OpenAI certainly issues nothing.
5. create: OpenAI is asked over a kept-alive connection, with the API key from Secrets Manager.
6. redact: no credential comes back out of the session.
7. ledger: one log line and metrics; never the secret.

Every step raises; one handler turns what was raised into a row of the error table (broker.errors).
"""

import gc
import os
import time
from typing import Any

# What is imported stays: to look for garbage meanwhile is a twentieth of a cold start.
gc.disable()

from aws_lambda_powertools.utilities.typing import LambdaContext

from broker import answers, redaction, snapshot, upstream
from broker.answers import Answer
from broker.api_key import ApiKey
from broker.caller import caller_of
from broker.errors import BrokerError, OperatorError, Rows
from broker.json_body import read_object
from broker.ledger import Ledger
from broker.logs import make_logger
from broker.mcp_secrets import McpSecrets
from broker.quota import Quota
from broker.route import route_of
from broker.safety_identifier import SafetyIdentifiers, caller_hash
from broker.secret_source import SecretSource
from broker.session_policy import SessionPolicy
from broker.settings import ANSWER_RESERVE_S, Settings
from broker.time_left import limited_to

# Built once per execution environment; the only lines that read the environment.
settings = Settings.from_env(os.environ)
logger = make_logger(settings.service_name)
version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
ledger = Ledger(logger, service_name=settings.service_name, version=version)
secrets = SecretSource(on_read=ledger.secret_read)
safety_identifiers = SafetyIdentifiers(settings.safety_pepper_secret_id, provider=secrets)
session_policy = SessionPolicy.shipped(unknown_fields=settings.unknown_fields)
quota = Quota(settings, ledger=ledger)
mcp_secrets = McpSecrets(settings.mcp_secrets_prefix, provider=secrets)
api_key = ApiKey(settings.api_key_secret_id, provider=secrets, on_stale=ledger.stale_key_used)
resources = upstream.resources(
    api_key, base_url=settings.openai_base_url, auth_header=settings.openai_auth_header
)
snapshot.leave_out(
    secrets.forget,
    safety_identifiers.forget,
    api_key.forget,
    quota.forget,
    redaction.forget,
    *(each.close for each in resources.values()),
)
gc.freeze()
gc.enable()


def mint(event: dict[str, Any], context: LambdaContext) -> Answer:
    """The story of one request."""
    kind, profile_name = route_of(event)
    caller = caller_of(event)
    safety_identifier = safety_identifiers.of(caller)
    ledger.about(caller=caller_hash(safety_identifier), endpoint=kind, request_id=request_id(event))
    profile = session_policy.profile(profile_name, caller=caller)
    ledger.about(profile=profile.name)
    body = read_object(event.get("body"), is_base64=event.get("isBase64Encoded") is True)
    params = profile.apply(body, kind=kind)
    remaining_ms = context.get_remaining_time_in_millis
    with quota.charged(caller_hash(safety_identifier), remaining_ms=remaining_ms) as charge:
        asked_at = time.monotonic()
        client_secret = upstream.create(
            resources[kind],
            mcp_secrets.put_into(params),
            safety_identifier=safety_identifier,
            remaining_ms=remaining_ms(),
            expect_ek=settings.upstream_is_openai,
        )
    elapsed_ms = (time.monotonic() - asked_at) * 1000
    ledger.issued(client_secret, params, elapsed_ms=elapsed_ms, remaining=charge.remaining)
    return answers.issued(client_secret, request_id=request_id(event), headers=charge.headers)


def request_id(event: dict[str, Any]) -> str:
    """API Gateway's id of this request, which it also sends as `apigw-requestid`."""
    return str(event.get("requestContext", {}).get("requestId", ""))


def refuse(error: BrokerError, event: dict[str, Any]) -> Answer:
    """Answer a row of the error table."""
    ledger.refused(error)
    return answers.refused(error, request_id=request_id(event))


def fail(error: Exception, event: dict[str, Any]) -> Answer:
    """Answer for a bug of ours; without this, API Gateway would, in a shape SDKs retry."""
    bug = OperatorError(Rows.INTERNAL_ERROR, "The service failed. Its operator has been told.")
    bug.__cause__ = error
    return refuse(bug, event)


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Answer:
    """AWS Lambda's entry point: one API Gateway v2 event in, one answer out."""
    with limited_to(context.get_remaining_time_in_millis() / 1000 - ANSWER_RESERVE_S):
        try:
            return mint(event, context)
        except BrokerError as error:
            return refuse(error, event)
        # Whatever else is raised is a bug; the ledger keeps it with its stack.
        except Exception as error:  # noqa: BLE001
            return fail(error, event)
