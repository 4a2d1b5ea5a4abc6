"""Follows the ledger of the deployed stack, a line for each request; changes nothing."""

import argparse
import json
import re
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from deploy.stack import Stack, StackError, find, run

MESSAGES = {
    "issued": "client_secret_issued",
    "refused": "request_refused",
    "failed": "request_failed",
}
POLL_S = 2.0
# CloudWatch shows an event some seconds after it happened; so far back it is looked for again.
LATE_MS = 30_000
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(text: str) -> float:
    """A time such as `90s`, `15m`, `2h`, `1d`, in seconds.

    Raises:
        ValueError: It is none.
    """
    match = re.fullmatch(r"(\d+)([smhd])", text)
    if match is None:
        raise ValueError("must be a number and s, m, h or d, such as 15m")
    return int(match[1]) * _UNITS_S[match[2]]


def readable(record: Mapping[str, Any], at_ms: int) -> str:
    """One record of the ledger as a line for a terminal."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%H:%M:%S")
    caller = str(record.get("caller", "-"))[:8]
    profile = record.get("profile", "-")
    if record.get("message") == MESSAGES["issued"]:
        what = f"200 {record.get('model')} ttl {record.get('ttl_s') or 600} s"
        what += f", OpenAI {record.get('upstream_ms')} ms"
    elif "status" in record:
        about = [record.get("param"), record.get("reason"), record.get("quota_limit")]
        what = f"{record['status']} {record.get('code')}"
        what += "".join(f", {each}" for each in about if each)
    else:
        what = f"{record.get('level', '')} {record.get('message')}"
        what += f" {record['reason']}" if record.get("reason") else ""
    return f"{at} {caller:8} {profile:12} {what}"


def wanted(record: Mapping[str, Any], line: str, options: argparse.Namespace) -> bool:
    """Whether *record* passes the filters."""
    if "_aws" in record or record.get("type", "").startswith("platform."):
        return False
    if options.only and record.get("message") != MESSAGES[options.only]:
        return False
    if options.caller and not str(record.get("caller", "")).startswith(options.caller):
        return False
    if options.code and record.get("code") != options.code:
        return False
    return not options.grep or options.grep in line


def events(stack: Stack, since_ms: int, *, follow: bool) -> Iterator[tuple[int, str]]:
    """Time and text of each line of the log, oldest first; for ever where *follow*.

    Raises:
        StackError: CloudWatch Logs refused.
    """
    pages = stack.session.client("logs").get_paginator("filter_log_events")
    group = stack.output("ClientSecretsLogGroupName")
    seen: dict[str, int] = {}
    while True:
        try:
            for page in pages.paginate(logGroupName=group, startTime=since_ms):
                for event in page["events"]:
                    if event["eventId"] not in seen:
                        seen[event["eventId"]] = event["timestamp"]
                        yield event["timestamp"], event["message"]
        except (BotoCoreError, ClientError) as exc:
            raise StackError(f"The log {group} cannot be read: {exc}") from exc
        if not follow:
            return
        since_ms = max([since_ms, *(at - LATE_MS for at in seen.values())])
        seen = {key: at for key, at in seen.items() if at >= since_ms}
        time.sleep(POLL_S)


def parsed(text: str) -> dict[str, Any]:
    """A line of the log; one that is no JSON is Lambda's or Python's own."""
    try:
        record = json.loads(text)
    except ValueError:
        record = None
    return record if isinstance(record, dict) else {"message": text.strip()}


def main() -> None:
    """Print the lines that pass the filters, until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config-env", default="default", help="table of samconfig.toml (ENV=…)")
    parser.add_argument("--since", type=seconds, default="10m", help="15m, 2h, 1d; 10m unless told")
    parser.add_argument("--only", choices=MESSAGES, help="answers of this kind")
    parser.add_argument("--caller", help="a caller's hash, or its beginning")
    parser.add_argument("--code", help="an error code")
    parser.add_argument("--grep", help="lines with this text in them")
    parser.add_argument("--no-follow", action="store_true", help="end with what there is now")
    parser.add_argument("--json", action="store_true", help="the records as they are")
    options = parser.parse_args()
    stack = find(options.config_env)
    print(f"Reading the ledger of {stack.name} in {stack.region}. Ctrl-C ends it.", file=sys.stderr)
    since_ms = int((time.time() - options.since) * 1000)
    for at_ms, text in events(stack, since_ms, follow=not options.no_follow):
        record = parsed(text)
        line = readable(record, at_ms)
        if wanted(record, text, options):
            print(text.strip() if options.json else line, flush=True)


if __name__ == "__main__":
    run(main)
