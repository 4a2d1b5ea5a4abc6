"""Step 7: who minted what. One log line and the metrics of each issuance and each refusal.

OpenAI offers no look-up of a client secret, so these records are the only trail. Never in them: the
secret, the instructions, the caller's name. `template.yaml` has queries that read them.
"""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from broker.errors import BrokerError, Rows
from broker.metrics import Metrics
from broker.policy_limits import OPENAI_TTL_S, SECONDS, at
from openai_realtime.client_secrets import ClientSecretCreateResponse
from openai_realtime.errors import APIError, APIResponseValidationError, APIStatusError


class Ledger:
    """Writes the records. Never raises: after a mint nothing may turn the answer into an error.

    Args:
        logger: The function's.
        service_name: The stack; the dimension of every metric.
        version: Of the function; tells a new version's bugs from the old one's.
    """

    def __init__(self, logger: Logger, *, service_name: str, version: str = "$LATEST") -> None:
        self._logger = logger
        self._metrics = Metrics(service_name)
        self._version = version

    def about(self, **known: object) -> None:
        """What all further records of this request say: caller, profile, endpoint, request id."""
        try:
            self._logger.append_keys(**known)
        except Exception:
            self._logger.exception("ledger_failed")

    def issued(
        self,
        client_secret: ClientSecretCreateResponse,
        params: Mapping[str, Any],
        *,
        elapsed_ms: float,
        remaining: Mapping[str, int],
    ) -> None:
        """Record a client secret that is about to be handed out.

        Args:
            client_secret: OpenAI's answer.
            params: What OpenAI was sent; of it, the time to live is recorded.
            elapsed_ms: How long OpenAI took, milliseconds.
            remaining: Requests left of the quota, by limit.
        """
        try:
            session = client_secret.session
            self._logger.info(
                "client_secret_issued",
                extra={
                    "session_type": session.get("type"),
                    "session_id": session.get("id"),
                    "model": _model(session),
                    "ttl_s": at(params, SECONDS) or OPENAI_TTL_S,
                    "expires_at": client_secret.expires_at,
                    "quota_remaining": dict(remaining),
                    "upstream_request_id": client_secret.request_id,
                    "upstream_ms": round(elapsed_ms, 1),
                    "upstream_retries": client_secret.retries_taken,
                },
            )
            self._metrics.put(
                {
                    "ClientSecretIssued": 1,
                    "UpstreamAnswered2xx": 1,
                    "UpstreamLatency": elapsed_ms,
                    "UpstreamRetried": client_secret.retries_taken,
                }
            )
        # The client secret is already minted; it must go out.
        except Exception:
            self._logger.exception("ledger_failed")

    def refused(self, error: BrokerError) -> None:
        """Record an answer that is not a client secret: 4xx at info, 5xx at error with a stack."""
        try:
            cause = error.__cause__
            retries = cause.retries_taken if isinstance(cause, APIError) else 0
            record = {
                "status": error.row.status,
                "code": error.row.code,
                "param": error.param,
                "reason": error.reason,
                "upstream_request_id": error.request_id,
                "upstream_retries": retries,
            }
            if error.row.status < 500:
                self._logger.info("request_refused", extra=record)
            else:
                self._logger.error("request_failed", extra=record, exc_info=error)
            self._metrics.put({**_upstream_outcome(error), "UpstreamRetried": retries})
            self._metrics.put({"RequestRefused": 1}, reason=error.row.code or "none")
            if error.row is Rows.INTERNAL_ERROR:
                self._metrics.put({"InternalError": 1}, version=self._version)
        # The caller must get the answer we have.
        except Exception:
            self._logger.exception("ledger_failed")

    def quota_exceeded(self, limit: str) -> None:
        """Record which limit refuses this request: `minute`, `day` or `stack_day`."""
        try:
            self._logger.append_keys(quota_limit=limit)
            self._metrics.put({"QuotaExceeded": 1}, limit=limit)
        except Exception:
            self._logger.exception("ledger_failed")

    def quota_failed(self, metric: str, reason: str) -> None:
        """Record that the quota table did not do its part, and what was done without it.

        Args:
            metric: `QuotaBypassed`, a request passed uncounted; `QuotaNotGivenBack`, a count stays.
            reason: Why.
        """
        try:
            self._logger.warning("quota_failed", extra={"metric": metric, "reason": reason})
            self._metrics.put({metric: 1})
        except Exception:
            self._logger.exception("ledger_failed")

    def stale_key_used(self) -> None:
        """Record that Secrets Manager did not answer, and an old key serves on."""
        self._logger.warning("stale_api_key_used")
        self._metrics.put({"StaleApiKeyUsed": 1})

    def secret_read(self) -> None:
        """Note that Secrets Manager gave a value; goes out with the request's own metrics."""
        self._metrics.note("SecretRead")

    def stack_quota_used(self, percent: float) -> None:
        """Record how much of the stack's day is used up."""
        try:
            self._metrics.put({"StackQuotaUsed": percent})
        except Exception:
            self._logger.exception("ledger_failed")


def _upstream_outcome(error: BrokerError) -> dict[str, int]:
    """What came of asking OpenAI, if it was asked, as counts."""
    cause = error.__cause__
    counts = {"UpstreamAuthenticationFailed": int(error.row is Rows.UPSTREAM_AUTHENTICATION_FAILED)}
    if isinstance(cause, APIStatusError | APIResponseValidationError):
        return counts | {f"UpstreamAnswered{cause.status_code // 100}xx": 1}
    if isinstance(cause, APIError):
        return {"UpstreamUnanswered": 1}
    # Of a 2xx whose content cannot be used.
    return {"UpstreamAnswered2xx": int(error.row is Rows.UPSTREAM_INVALID_RESPONSE)}


def _model(session: Mapping[str, Any]) -> object:
    """The model, wherever this kind of session names it."""
    if "model" in session:
        return session["model"]
    audio = session.get("audio")
    for part in ("input", "transcription"):
        audio = audio.get(part) if isinstance(audio, dict) else None
    return audio.get("model") if isinstance(audio, dict) else None
