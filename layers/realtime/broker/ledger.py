"""Step 7: who minted what. One log line and the metrics of each issuance and each refusal.

OpenAI offers no look-up of a client secret, so these records are the only trail. Never in them: the
secret, the instructions, the caller's name.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from broker.caller import Caller
from broker.errors import BrokerError
from openai_realtime.client_secrets import ClientSecretCreateResponse
from openai_realtime.errors import APIError

NAMESPACE = "OpenAIRealtime"


class Ledger:
    """Writes the records. Never raises: after a mint nothing may turn the answer into an error."""

    def __init__(self, logger: Logger, *, service_name: str) -> None:
        self._logger = logger
        self._service_name = service_name
        self._cold = True

    def issued(
        self,
        caller: Caller,
        profile: str,
        client_secret: ClientSecretCreateResponse,
        *,
        elapsed_ms: float,
    ) -> None:
        """Record a client secret that is about to be handed out."""
        try:
            session = client_secret.session
            self._logger.info(
                "client_secret_issued",
                extra={
                    "caller": caller_hash(caller),
                    "profile": profile,
                    "session_type": session.get("type"),
                    "session_id": session.get("id"),
                    "model": _model(session),
                    "expires_at": client_secret.expires_at,
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


def caller_hash(caller: Caller) -> str:
    """The caller in records: the same for the same caller, and not their name."""
    return hashlib.sha256(caller.id.encode()).hexdigest()[:16]


def _model(session: Mapping[str, Any]) -> object:
    """The model, wherever this kind of session names it."""
    if "model" in session:
        return session["model"]
    audio = session.get("audio")
    for part in ("input", "transcription"):
        audio = audio.get(part) if isinstance(audio, dict) else None
    return audio.get("model") if isinstance(audio, dict) else None
