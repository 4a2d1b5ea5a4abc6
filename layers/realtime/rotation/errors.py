"""Why a step of a rotation failed, in words for the operator. No text holds a credential."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from broker.errors import OperatorError
from openai_realtime.errors import APIError, APIStatusError

# What to do about the Admin API's refusals.
_ADVICE = {
    401: "Is the admin key right, and not expired? `make put-admin-key` puts in another.",
    403: "The admin key needs the permission to manage projects (api.management.write).",
    404: "Is OpenAIProjectId right, and the project not archived?",
}


class RotationError(Exception):
    """A step failed; the text says why and what to do. Secrets Manager tries again."""


@contextmanager
def saying(what: str) -> Iterator[None]:
    """Turn what fails within into a `RotationError` that begins with *what*.

    Raises:
        RotationError: OpenAI's Admin API or Secrets Manager failed, or the admin key is missing.
    """
    try:
        yield
    except APIStatusError as exc:
        advice = _ADVICE.get(exc.status_code, "Secrets Manager tries again.")
        raise RotationError(f"{what}: OpenAI answered. {exc}. {advice}") from exc
    except APIError as exc:
        raise RotationError(f"{what}: {exc}") from exc
    except OperatorError as exc:
        raise RotationError(f"{what}: {exc.reason}") from exc
    except ClientError as exc:
        code = exc.response["Error"].get("Code", "an error")
        raise RotationError(f"{what}: Secrets Manager answered {code}.") from exc
    except BotoCoreError as exc:
        raise RotationError(f"{what}: Secrets Manager did not answer ({exc}).") from exc
