"""Every metric of this service, and how one is written: CloudWatch's embedded metric format.

Names, units and dimensions are a contract with alarms and dashboards; docs/operations.md says what
each means. No dimension tells who called: a metric lives for 15 months, and each value of a
dimension is billed as a metric of its own.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

NAMESPACE = "OpenAIRealtime"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes:
        unit: CloudWatch's.
        dimensions: Beside `service`, the stack, which all have.
    """

    unit: MetricUnit = MetricUnit.Count
    dimensions: frozenset[str] = frozenset()


METRICS: Mapping[str, Metric] = {
    "ClientSecretIssued": Metric(),
    "RequestRefused": Metric(dimensions=frozenset({"reason"})),
    "InternalError": Metric(dimensions=frozenset({"version"})),
    "ColdStart": Metric(),
    "UpstreamLatency": Metric(MetricUnit.Milliseconds),
    "UpstreamAnswered2xx": Metric(),
    "UpstreamAnswered3xx": Metric(),
    "UpstreamAnswered4xx": Metric(),
    "UpstreamAnswered5xx": Metric(),
    "UpstreamUnanswered": Metric(),
    "UpstreamRetried": Metric(),
    "UpstreamAuthenticationFailed": Metric(),
    "SecretRead": Metric(),
    "StaleApiKeyUsed": Metric(),
    "QuotaExceeded": Metric(dimensions=frozenset({"limit"})),
    "QuotaBypassed": Metric(),
    "QuotaNotGivenBack": Metric(),
    "StackQuotaUsed": Metric(MetricUnit.Percent),
}


class Metrics:
    """Writes metrics; what is only noted goes out with the next line that has no dimension."""

    def __init__(self, service_name: str) -> None:
        self._service_name = service_name
        self._noted: Counter[str] = Counter(ColdStart=1)

    def note(self, name: str) -> None:
        """Count one, without a line of its own."""
        self._noted[name] += 1

    def put(self, values: Mapping[str, float], **dimensions: str) -> None:
        """Write a line with *values*; a count of 0 is left out.

        Raises:
            KeyError: There is no such metric.
            ValueError: It has other dimensions.
        """
        if not dimensions:
            values = {**self._noted, **values}
            self._noted.clear()
        line = EphemeralMetrics(namespace=NAMESPACE, service=self._service_name)
        for name, text in dimensions.items():
            line.add_dimension(name=name, value=text)
        for name, value in values.items():
            metric = METRICS[name]
            if metric.dimensions != dimensions.keys():
                raise ValueError(f"{name} has the dimensions {sorted(metric.dimensions)}.")
            if value or metric.unit is not MetricUnit.Count:
                line.add_metric(name=name, unit=metric.unit, value=value)
        if line.metric_set:
            line.flush_metrics()
