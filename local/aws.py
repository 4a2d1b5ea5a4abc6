"""The local AWS: Secrets Manager and DynamoDB over HTTP, by moto, in a process of its own."""

import os
import socket
from collections.abc import Mapping
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from local.lifeline import clean_environment, start_module, stop

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

ACCOUNT_ID = "000000000000"
REGION = "us-east-1"
# They sign requests to moto and, with AUTH_MODE=IAM, to the local gateway; they open nothing else.
ACCESS_KEY_ID = "LOCALDEVELOPER"
SECRET_ACCESS_KEY = "local-test-credentials"  # noqa: S105 - a fixed word, not a secret

# A port of loopback that is never open: tcpmux.
NOWHERE = "http://127.0.0.1:1"


class LocalAws:
    """moto's server for the length of a `with` block.

    Args:
        lambda_url: Where Secrets Manager invokes rotation functions.
        rotation_attempts: How often it begins a rotation until it succeeds; after none, the new
            version waits for whoever takes the steps.
    """

    def __init__(self, *, lambda_url: str = NOWHERE, rotation_attempts: int = 6) -> None:
        self._arguments = [lambda_url, str(rotation_attempts)]
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(128)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        descriptor = self._listener.fileno()
        self._process = start_module(
            "local.moto_server",
            [str(descriptor), *self._arguments],
            environment={**clean_environment(os.environ), "MOTO_ACCOUNT_ID": ACCOUNT_ID},
            pass_fds=[descriptor],
        )
        # Only the child listens from here on: if it dies, connections are refused at once.
        self._listener.close()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        stop(self._process)

    def environment(self) -> dict[str, str]:
        """The variables that lead any AWS SDK here, and away from the developer's own account."""
        return {
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": self.url,
            "AWS_ENDPOINT_URL_DYNAMODB": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @cached_property
    def secrets_manager(self) -> "SecretsManagerClient":
        """A boto3 client of the local Secrets Manager."""
        client: SecretsManagerClient = client_at(self.url, "secretsmanager")
        return client

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """A boto3 client of the local DynamoDB."""
        client: DynamoDBClient = client_at(self.url, "dynamodb")
        return client

    def put_secret(self, name: str, value: str | None) -> str:
        """Create the secret or give it a new value (None: no value yet). Returns its ARN."""
        client = self.secrets_manager
        try:
            arn = client.create_secret(Name=name)["ARN"]
        except client.exceptions.ResourceExistsException:
            arn = self.secret_id(name)
        if value is not None:
            client.put_secret_value(SecretId=name, SecretString=value)
        return arn

    def secret_id(self, name: str) -> str:
        """The ARN of a secret that exists."""
        return self.secrets_manager.describe_secret(SecretId=name)["ARN"]

    def create_table(self, name: str, properties: Mapping[str, Any]) -> None:
        """Create a DynamoDB table from the properties of its CloudFormation resource."""
        self.dynamodb.create_table(
            TableName=name,
            AttributeDefinitions=properties["AttributeDefinitions"],
            KeySchema=properties["KeySchema"],
            BillingMode="PAY_PER_REQUEST",
        )
        if expiry := properties.get("TimeToLiveSpecification"):
            self.dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)


def client_at(url: str, service: str) -> Any:
    """A boto3 client of the local AWS at *url*."""
    # Imported late: it takes a third of a second, in which moto can start.
    import boto3
    from botocore.config import Config

    return boto3.client(
        service,  # type: ignore[call-overload]  # the stubs know each name only as a literal
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
        config=Config(
            proxies={}, connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 2}
        ),
    )
