"""What a rate of requests needs: `python -m benchmarks.capacity`. Every input is a named option.

`--measure` sends requests to the local stack first, whose OpenAI answers at once, and takes the
function's own time from there: what is left is OpenAI's, which only a deployed stack can tell
(metric UpstreamLatency).
"""

import argparse
import json
import math
import statistics
import time
from dataclasses import dataclass, fields, replace

import urllib3

RATES = (1, 10, 100, 1000)
# Limits that a request meets. Sources: AWS's quota pages of these four services.
API_GATEWAY_RATE = 10_000
LAMBDA_CONCURRENCY = 1_000
LAMBDA_GROWTH_IN_10_S = 1_000
DYNAMODB_WRITES_TO_ONE_KEY = 1_000
SECRET_READS = 10_000


@dataclass(frozen=True)
class Inputs:
    """What is measured or assumed.

    Attributes:
        own_ms: The function's own time of a warm request, p50.
        own_p99_ms: The same, p99.
        cold_ms: From nothing to the first answer, OpenAI left out.
        openai_ms: OpenAI's time, p50.
        openai_p99_ms: The same, p99.
    """

    own_ms: float = 15
    own_p99_ms: float = 40
    cold_ms: float = 900
    openai_ms: float = 550
    openai_p99_ms: float = 2000


def needs(rate: int, given: Inputs) -> dict[str, float]:
    """What *rate* requests a second need, by Little's law."""
    usual_s = (given.own_ms + given.openai_ms) / 1000
    slow_s = (given.own_p99_ms + given.openai_p99_ms) / 1000
    # All of it slow at once: what OpenAI's bad hour takes.
    environments = math.ceil(rate * slow_s)
    return {
        "busy": math.ceil(rate * usual_s),
        "environments": environments,
        # While nothing is warm, requests wait for a start; Lambda grants so many new ones a second.
        "warm_after_s": max(environments / LAMBDA_GROWTH_IN_10_S * 10, given.cold_ms / 1000),
        "writes_to_stack_item": rate,
        "secret_reads": environments / 300,
    }


def beyond(rate: int, needed: dict[str, float]) -> list[str]:
    """Which limits *rate* reaches, as AWS sets them for a new account."""
    found = []
    if rate > API_GATEWAY_RATE:
        found.append("API Gateway's rate")
    if needed["environments"] > LAMBDA_CONCURRENCY:
        found.append("Lambda's concurrency: ask AWS for more")
    if needed["writes_to_stack_item"] >= DYNAMODB_WRITES_TO_ONE_KEY:
        found.append("one DynamoDB item: QuotaPerStackPerDay=0")
    if needed["secret_reads"] > SECRET_READS:
        found.append("Secrets Manager's rate")
    return found


def table(given: Inputs) -> list[str]:
    """A Markdown table, a line for each rate."""
    lines = [
        "| Requests/s | Busy, usually | Environments, when OpenAI is slow | All warm after "
        "| ThrottleRate, ThrottleBurst | Reaches |",
        "|---|---|---|---|---|---|",
    ]
    for rate in RATES:
        needed = needs(rate, given)
        lines.append(
            f"| {rate:,} | {needed['busy']:.0f} | {needed['environments']:,.0f} "
            f"| {needed['warm_after_s']:.1f} s | {rate}, {2 * rate} "
            f"| {'; '.join(beyond(rate, needed)) or 'nothing'} |"
        )
    return lines


def measured(given: Inputs, *, requests: int = 300) -> Inputs:
    """*given* with the function's own times on this machine."""
    from local.stack import LocalStack

    shell = dict.fromkeys(("QUOTA_PER_MINUTE", "QUOTA_PER_DAY", "QUOTA_PER_STACK_PER_DAY"), "0")
    shell |= {"THROTTLE_RATE": "10000", "THROTTLE_BURST": "5000"}
    with LocalStack.from_shell(shell, log=lambda _: None) as stack, urllib3.PoolManager() as pool:
        times_ms = []
        for _ in range(requests + 1):
            started = time.perf_counter()
            url = f"{stack.gateway.url}/v1/realtime/client_secrets"
            answer = pool.request("POST", url, body=json.dumps({}), retries=False)
            if answer.status != 200:
                raise SystemExit(f"The local stack answered {answer.status}.")
            times_ms.append((time.perf_counter() - started) * 1000)
    warm = statistics.quantiles(times_ms[1:], n=100)
    return replace(given, cold_ms=times_ms[0], own_ms=warm[49], own_p99_ms=warm[98])


def main() -> None:
    """Print inputs and table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", action="store_true", help="measure the function's own time")
    for field in fields(Inputs):
        option = f"--{field.name.replace('_', '-')}"
        parser.add_argument(option, type=float, default=field.default, help=f"{field.default} ms")
    options = vars(parser.parse_args())
    measure = options.pop("measure")
    given = Inputs(**options)
    given = measured(given) if measure else given
    print(", ".join(f"{name} {value:.0f}" for name, value in vars(given).items()))
    print("\n".join(table(given)))


if __name__ == "__main__":
    main()
