"""The endpoint: a request becomes a client secret.

1. caller: who asks, from the authorizer's verified context only.
2. body: parsed and judged against OpenAI's contract; the parsed object itself goes on.
3. create: OpenAI is asked over a kept-alive connection, with the API key from Secrets Manager.
4. ledger: one log line and metrics; never the secret.
5. answer: OpenAI's own, less the credentials in its session.

Every step raises; one handler turns what was raised into a row of the error table (broker.errors).
"""

import os
import time
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.typing import LambdaContext

from broker import answers, params, upstream
from broker.api_key import ApiKey
from broker.caller import caller_of
from broker.errors import BrokerError, CallerError, OperatorError, Rows
from broker.ledger import Ledger
from broker.logs import make_logger
from broker.settings import Settings
from openai_realtime.client import Client
from openai_realtime.client_secrets import ClientSecrets, TranslationClientSecrets

# Built once per execution environment; the only lines that read the environment.
settings = Settings.from_env(os.environ)
logger = make_logger(settings.service_name)
ledger = Ledger(logger, service_name=settings.service_name)
api_key = ApiKey(settings.api_key_secret_id, on_stale=ledger.stale_key_used)
client = Client(
    api_key,
    base_url=settings.openai_base_url,
    max_retries=upstream.MAX_RETRIES,
    retry_policy=upstream.RETRIES,
)
resources: dict[params.Kind, ClientSecrets] = {
    "realtime": ClientSecrets(client),
    "translation": TranslationClientSecrets(client),
}
app = APIGatewayHttpResolver()


@app.post("/v1/realtime/client_secrets")
def create_client_secret() -> Response[str]:
    """A realtime or transcription session."""
    return mint("realtime", profile="default")


@app.post("/v1/realtime/translations/client_secrets")
def create_translation_client_secret() -> Response[str]:
    """A translation session."""
    return mint("translation", profile="default")


@app.post("/<profile>/v1/realtime/client_secrets")
def create_client_secret_of_profile(profile: str) -> Response[str]:
    """A realtime or transcription session of a named profile."""
    return mint("realtime", profile=profile)


@app.post("/<profile>/v1/realtime/translations/client_secrets")
def create_translation_client_secret_of_profile(profile: str) -> Response[str]:
    """A translation session of a named profile."""
    return mint("translation", profile=profile)


def mint(kind: params.Kind, *, profile: str) -> Response[str]:
    """The story of one request."""
    event = app.current_event
    caller = caller_of(event.raw_event)
    if profile != "default":
        raise CallerError(Rows.PROFILE_NOT_FOUND, "There is no session profile of this name.")
    judged = params.parse(
        event.raw_event.get("body"),
        is_base64=event.raw_event.get("isBase64Encoded") is True,
        kind=kind,
        unknown_fields=settings.unknown_fields,
    )
    asked_at = time.monotonic()
    client_secret = upstream.create(
        resources[kind],
        judged,
        remaining_ms=app.lambda_context.get_remaining_time_in_millis(),
        expect_ek=settings.upstream_is_openai,
    )
    elapsed_ms = (time.monotonic() - asked_at) * 1000
    ledger.issued(caller, profile, client_secret, elapsed_ms=elapsed_ms)
    return answers.issued(client_secret, request_id=request_id())


def request_id() -> str:
    """API Gateway's id of this request, which it also sends as `apigw-requestid`."""
    return str(app.current_event.raw_event["requestContext"].get("requestId", ""))


@app.exception_handler(BrokerError)
def refuse(error: BrokerError) -> Response[str]:
    """Answer a row of the error table."""
    ledger.refused(error)
    return answers.refused(error, request_id=request_id())


@app.exception_handler(Exception)
def fail(error: Exception) -> Response[str]:
    """Answer for a bug of ours; without this, API Gateway would, in a shape SDKs retry."""
    bug = OperatorError(Rows.INTERNAL_ERROR, "The service failed. Its operator has been told.")
    bug.__cause__ = error
    return refuse(bug)


@app.exception_handler(NotFoundError)
def not_found(_: NotFoundError) -> Response[str]:
    """Beside the catch-all, or a path API Gateway should not have let through would be a 500."""
    return refuse(CallerError(Rows.PROFILE_NOT_FOUND, "There is no such endpoint."))


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """AWS Lambda's entry point: one API Gateway v2 event in, one answer out."""
    return app.resolve(event, context)
