"""Step 7: who minted what. One log line and the metrics of each issuance and each refusal.

OpenAI offers no look-up of a client secret, so these records are the only trail. Never in them: the
secret, the instructions, the caller's name. `template.yaml` has queries that read them.
"""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from broker.errors import BrokerError
from broker.policy_limits import OPENAI_TTL_S, SECONDS, at
from openai_realtime.client_secrets import ClientSecretCreateResponse
from openai_realtime.errors import APIError

NAMESPACE = "OpenAIRealtime"


class Ledger:
    """Writes the records. Never raises: after a mint nothing may turn the answer into an error."""

    def __init__(self, logger: Logger, *, service_name: str) -> None:
        self._logger = logger
        self._service_name = service_name
        self._cold = True

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
            self._count(
                {"ClientSecretIssued": 1, "UpstreamRetried": client_secret.retries_taken},
                upstream_ms=elapsed_ms,
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
            self._count({"UpstreamRetried": retries})
            self._count({"RequestRefused": 1}, reason=error.row.code or "none")
        # The caller must get the answer we have.
        except Exception:
            self._logger.exception("ledger_failed")

    def quota_exceeded(self, limit: str) -> None:
        """Record which limit refuses this request: `minute`, `day` or `stack_day`."""
        try:
            self._logger.append_keys(quota_limit=limit)
            self._count({"QuotaExceeded": 1}, limit=limit)
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
            self._count({metric: 1})
        except Exception:
            self._logger.exception("ledger_failed")

    def stale_key_used(self) -> None:
        """Record that Secrets Manager did not answer, and an old key serves on."""
        self._logger.warning("stale_api_key_used")
        self._count({"StaleApiKeyUsed": 1})

    def _count(
        self, counts: Mapping[str, int], *, upstream_ms: float | None = None, **dimensions: str
    ) -> None:
        metrics = EphemeralMetrics(namespace=NAMESPACE, service=self._service_name)
        for name, value in dimensions.items():
            metrics.add_dimension(name=name, value=value)
        for name, count in counts.items():
            if count:
                metrics.add_metric(name=name, unit=MetricUnit.Count, value=count)
        if upstream_ms is not None:
            metrics.add_metric(
                name="UpstreamLatency", unit=MetricUnit.Milliseconds, value=upstream_ms
            )
        if self._cold:
            metrics.add_metric(name="ColdStart", unit=MetricUnit.Count, value=1)
            self._cold = False
        if metrics.metric_set:
            metrics.flush_metrics()


def _model(session: Mapping[str, Any]) -> object:
    """The model, wherever this kind of session names it."""
    if "model" in session:
        return session["model"]
    audio = session.get("audio")
    for part in ("input", "transcription"):
        audio = audio.get(part) if isinstance(audio, dict) else None
    return audio.get("model") if isinstance(audio, dict) else None
