"""What the stack costs: `python -m benchmarks.cost`. Every input is a named option.

List prices of us-east-1 in USD without any free tier; OpenAI's own bill is not in it.
"""

import argparse
from dataclasses import dataclass, fields

HOURS_A_MONTH = 730


@dataclass(frozen=True)
class Inputs:
    """Usage of one request, and prices.

    Attributes:
        duration_s: Billed time of one request; nearly all of it waits for OpenAI.
        memory_gb: Of the function.
        log_bytes: What one request leaves in the logs: ledger, metrics, Lambda's own, access log.
        answer_bytes: Sent to the caller.
        quota_writes: Of one request, to DynamoDB.
        environments: Alive together; each reads the key every 5 minutes.
        alarm_metrics: Metrics that alarms look at.
        metrics: Custom metrics that had a value in every hour.
    """

    duration_s: float = 0.6
    memory_gb: float = 1.0
    log_bytes: int = 3000
    answer_bytes: int = 2500
    quota_writes: int = 2
    environments: int = 3
    alarm_metrics: int = 17
    metrics: int = 12
    http_api_per_million: float = 1.00
    lambda_per_million: float = 0.20
    lambda_arm_per_gb_s: float = 0.0000133334
    dynamodb_per_million_writes: float = 0.625
    logs_per_gb: float = 0.50
    transfer_per_gb: float = 0.09
    secret_a_month: float = 0.40
    secrets_manager_per_10k: float = 0.05
    alarm_metric_a_month: float = 0.10
    metric_a_month: float = 0.30
    dashboard_a_month: float = 3.00
    snapshot_per_gb_s: float = 0.0000015046


def per_million(given: Inputs) -> list[tuple[str, str, float]]:
    """What a million client secrets cost: item, sum, USD."""
    gb_s = given.duration_s * given.memory_gb
    log_gb, sent_gb = given.log_bytes / 1000, given.answer_bytes / 1000
    return [
        ("HTTP API", "1 M requests", given.http_api_per_million),
        ("Lambda, requests", "1 M requests", given.lambda_per_million),
        (
            "Lambda, time",
            f"1 M x {given.duration_s} s x {given.memory_gb} GB x {given.lambda_arm_per_gb_s:.10f}",
            gb_s * 1e6 * given.lambda_arm_per_gb_s,
        ),
        (
            "DynamoDB",
            f"{given.quota_writes} M writes x {given.dynamodb_per_million_writes} a million",
            given.quota_writes * given.dynamodb_per_million_writes,
        ),
        ("CloudWatch Logs", f"{log_gb} GB x {given.logs_per_gb:.2f}", log_gb * given.logs_per_gb),
        ("Data out", f"{sent_gb} GB x {given.transfer_per_gb}", sent_gb * given.transfer_per_gb),
    ]


def per_month(given: Inputs) -> list[tuple[str, str, float]]:
    """What a month costs beside requests: item, sum, USD."""
    reads = given.environments * 12 * HOURS_A_MONTH
    snapshot_s = HOURS_A_MONTH * 3600
    return [
        ("Two secrets", f"2 x {given.secret_a_month:.2f}", 2 * given.secret_a_month),
        (
            "Alarms",
            f"{given.alarm_metrics} metrics x {given.alarm_metric_a_month:.2f}",
            given.alarm_metrics * given.alarm_metric_a_month,
        ),
        (
            "in use: metrics",
            f"{given.metrics} x {given.metric_a_month:.2f}",
            given.metrics * given.metric_a_month,
        ),
        (
            "in use: the key read",
            f"{given.environments} environments x 12 an hour x {HOURS_A_MONTH} h "
            f"x {given.secrets_manager_per_10k} a 10,000",
            reads / 10_000 * given.secrets_manager_per_10k,
        ),
        ("with Dashboard=true", "beyond the account's first three", given.dashboard_a_month),
        (
            "with SnapStart=on",
            f"each published version: {given.memory_gb} GB x {snapshot_s:,} s "
            f"x {given.snapshot_per_gb_s:.10f}",
            given.memory_gb * snapshot_s * given.snapshot_per_gb_s,
        ),
    ]


def table(rows: list[tuple[str, str, float]], total: int) -> list[str]:
    """*rows* as a Markdown table, and the sum of the first *total*."""
    lines = ["| Item | Sum | USD |", "|---|---|---|"]
    lines += [f"| {item} | {how} | {usd:.2f} |" for item, how, usd in rows]
    lines.insert(2 + total, f"| **Together** | | **{sum(row[2] for row in rows[:total]):.2f}** |")
    return lines


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    for field in fields(Inputs):
        option = f"--{field.name.replace('_', '-')}"
        parser.add_argument(option, type=type(field.default), default=field.default, help=" ")
    given = Inputs(**vars(parser.parse_args()))
    print("\n".join([*table(per_million(given), 6), "", *table(per_month(given), 2)]))


if __name__ == "__main__":
    main()
