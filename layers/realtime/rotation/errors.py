"""Why a step of a rotation failed, in words for the operator. No text holds a credential."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from botocore.exceptions import BotoCoreError, ClientError

from broker.errors import OperatorError
from openai_realtime.errors import APIError, APIStatusError

# What to do about a refusal of the Admin API's, by its status.
ABOUT_ADMIN_KEY: Mapping[int, str] = MappingProxyType(
    {
        401: "Is the admin key right, and not expired? `make put-admin-key` puts in another.",
        403: "The admin key needs the permission to manage projects (api.management.write).",
        404: "Is OpenAIProjectId right, and the project not archived?",
    }
)
# And about one to mint with the new key.
ABOUT_NEW_KEY: Mapping[int, str] = MappingProxyType(
    {
        401: "Does the secret name another organization or project than the key's?",
        403: "May the project use Realtime, and the model of TestModel?",
        404: "May the project use the model of TestModel?",
    }
)
_OTHERWISE = "Secrets Manager tries again."


class RotationError(Exception):
    """A step failed; the text says why and what to do. Secrets Manager tries again."""


@contextmanager
def saying(what: str, *, advice: Mapping[int, str] = ABOUT_ADMIN_KEY) -> Iterator[None]:
    """Turn what fails within into a `RotationError` that begins with *what*.

    Args:
        what: What was not done.
        advice: What to do when OpenAI refuses, by status.

    Raises:
        RotationError: OpenAI or Secrets Manager failed, or there is no admin key.
    """
    try:
        yield
    except APIStatusError as exc:
        then = advice.get(exc.status_code, _OTHERWISE)
        raise RotationError(f"{what}: {exc}. {then}") from exc
    except APIError as exc:
        raise RotationError(f"{what}: {exc}") from exc
    except OperatorError as exc:
        raise RotationError(f"{what}: {exc.reason}") from exc
    except ClientError as exc:
        code = exc.response["Error"].get("Code", "an error")
        raise RotationError(f"{what}: Secrets Manager answered {code}.") from exc
    except BotoCoreError as exc:
        raise RotationError(f"{what}: Secrets Manager did not answer ({exc}).") from exc
