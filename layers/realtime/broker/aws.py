"""Clients of AWS: one session for all of them, made when the first is asked for.

The session is botocore's: boto3 lies on top of it, adds nothing that is used here, and reads the
managed transfers of S3 at import, a tenth of a cold start.
"""

import functools
from typing import Any, Literal

from botocore.config import Config
from botocore.loaders import Loader
from botocore.session import Session

Service = Literal["secretsmanager", "dynamodb"]


class _ServiceLoader(Loader):
    """Reads the services' descriptions, and no directory to see which of 400 there are.

    Looking through them all, twice for each client, was 15 ms.
    """

    # The signature is botocore's.
    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002
        return ["dynamodb", "secretsmanager"]


@functools.cache
def session() -> Session:
    """The one session."""
    made = Session()
    made.register_component("data_loader", _ServiceLoader())
    return made


def client(service: Service, config: Config) -> Any:
    """A client with the credentials and the region of the environment.

    Args:
        service: AWS's name of it.
        config: Time-outs and retries.
    """
    return session().create_client(service, config=config)


def forget() -> None:
    """Drop the session, and with it AWS credentials; the clients are their owners' to drop."""
    session.cache_clear()
