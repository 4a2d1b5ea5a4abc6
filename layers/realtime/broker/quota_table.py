"""The quota's table in DynamoDB: one conditional UpdateItem per step, never repeated by itself."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from broker.quota_windows import DAY, Step
from broker.time_left import within

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEY = "id"
EXPIRES_AT = "expires_at"

# DynamoDB answers in milliseconds or not at all.
_CONNECT_S = 1
_READ_S = 1
# For a whole write, name look-up included.
_WRITE_S = 2.0
# A connection left alone for longer may have been closed while the environment was frozen. The
# next request would fail on it, and must not be repeated.
_IDLE_S = 20


class StoreError(Exception):
    """The table could not be used; the text says why, for the operator."""


@dataclass(frozen=True, slots=True)
class Counts:
    """An item's counts: after the write, or where it was refused, as they are."""

    by_attribute: dict[str, int]
    refused: bool


class QuotaTable:
    """The table called *name*; its client is made on first use."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._client: DynamoDBClient | None = None
        self._used_at = (0.0, 0.0)

    def forget(self) -> None:
        """Drop the client with its sockets and AWS credentials."""
        self._client = None

    def add(self, step: Step) -> Counts:
        """Count one request, unless a limit is reached.

        Raises:
            StoreError: It may have been counted or not.
        """
        limits = {"#day": (DAY, step.day_limit), "#minute": (step.minute, step.minute_limit)}
        limited = {name: each for name, each in limits.items() if each[1]}
        conditions = [f"(attribute_not_exists({n}) OR {n} < :{n[1:]})" for n in limited]
        update = (
            f"ADD {', '.join(f'{name} :one' for name in limited)} SET #expires_at = :expires_at"
        )
        if step.stale_minutes:
            update += f" REMOVE {', '.join(step.stale_minutes)}"
        values = {f":{name[1:]}": {"N": str(limit)} for name, (_, limit) in limited.items()}
        try:
            answer = self._update(
                step,
                UpdateExpression=update,
                ConditionExpression=" AND ".join(conditions),
                ExpressionAttributeNames={
                    "#expires_at": EXPIRES_AT,
                    **{name: attribute for name, (attribute, _) in limited.items()},
                },
                ExpressionAttributeValues={
                    ":one": {"N": "1"},
                    ":expires_at": {"N": str(step.expires_at)},
                    **values,
                },
                ReturnValues="UPDATED_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except _RefusedError as refused:
            return Counts(_counts(refused.item), refused=True)
        counts = _counts(answer.get("Attributes", {}))
        # botocore reads an answer that is none of DynamoDB's as an empty one.
        if any(attribute not in counts for attribute, _ in limited.values()):
            raise StoreError("DynamoDB answered without the counts.")
        return Counts(counts, refused=False)

    def give_back_day(self, step: Step) -> None:
        """Take one request off the day's count.

        Raises:
            StoreError: It may have been taken off or not.
        """
        try:
            self._update(
                step,
                UpdateExpression="ADD #day :minus_one",
                ConditionExpression="#day > :zero",
                ExpressionAttributeNames={"#day": DAY},
                ExpressionAttributeValues={":minus_one": {"N": "-1"}, ":zero": {"N": "0"}},
            )
        except _RefusedError:
            # Nothing is counted there; so there is nothing to give back.
            return

    def _update(self, step: Step, **expressions: Any) -> Any:
        from botocore.exceptions import ClientError

        def update() -> Any:
            return self._connected().update_item(
                TableName=self._name, Key={KEY: {"S": step.item_id}}, **expressions
            )

        try:
            return within(_WRITE_S, update)
        except TimeoutError as exc:
            raise StoreError("DynamoDB did not answer in time.") from exc
        except ClientError as exc:
            code = exc.response["Error"].get("Code")
            if code == "ConditionalCheckFailedException":
                raise _RefusedError(dict(exc.response).get("Item")) from exc
            raise StoreError(f"DynamoDB: {code}") from exc
        # Whatever an answer that is none of DynamoDB's leads botocore's parser to.
        except Exception as exc:
            raise StoreError(f"DynamoDB: {type(exc).__name__}") from exc
        finally:
            self._used_at = _moment()

    def _connected(self) -> "DynamoDBClient":
        if self._client is None:
            # Imported late: with all limits off, no environment pays for it.
            from botocore.config import Config

            from broker import aws

            config = Config(
                connect_timeout=_CONNECT_S,
                read_timeout=_READ_S,
                # ADD is not idempotent: a repeat after a lost answer would count twice.
                retries={"mode": "standard", "total_max_attempts": 1},
            )
            self._client = aws.client("dynamodb", config)
        elif any(now - then > _IDLE_S for now, then in zip(_moment(), self._used_at, strict=True)):
            # Closes the idle connections; the client goes on with new ones.
            self._client.close()
        return self._client


class _RefusedError(Exception):
    """The condition does not hold."""

    def __init__(self, item: object) -> None:
        super().__init__()
        self.item: dict[str, Any] = item if isinstance(item, dict) else {}


def _moment() -> tuple[float, float]:
    """Now, by both clocks: one stands still in a frozen environment, the other may be set."""
    return time.monotonic(), time.time()


def _counts(attributes: dict[str, Any]) -> dict[str, int]:
    try:
        return {
            name: int(value["N"])
            for name, value in attributes.items()
            if name != EXPIRES_AT and "N" in value
        }
    except (AttributeError, TypeError, ValueError) as exc:
        raise StoreError("DynamoDB answered without the counts.") from exc
