"""The secret that is rotated: its versions, and the staging labels they bear."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.config import Config

from broker import aws
from broker.secret_value import credentials_in, fields_in, hide
from openai_realtime.credentials import Credentials
from rotation.errors import RotationError, saying

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"
SERVICE_ACCOUNT_ID = "service_account_id"
# Nobody waits for a rotation, so its calls may take longer than those of a request.
BOTO_CONFIG = Config(
    connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
)


@dataclass(frozen=True, slots=True)
class Labels:
    """Which version bears which label.

    Attributes:
        arn: Of the secret.
        is_rotated: Whether rotation is switched on; None where it never was.
        stages: Version id to its labels.
    """

    arn: str
    is_rotated: bool | None
    stages: Mapping[str, tuple[str, ...]]

    def version_with(self, label: str) -> str | None:
        """The version that bears *label*; None where none does."""
        return next((version for version, labels in self.stages.items() if label in labels), None)


@dataclass(frozen=True, slots=True, repr=False)
class Value:
    """What a version holds.

    Attributes:
        fields: The members of its JSON; of a bare key, `api_key` alone.
        credentials: What the minting function makes of them.
    """

    fields: Mapping[str, Any]
    credentials: Credentials

    def __repr__(self) -> str:
        return "Value(***)"

    def __reduce__(self) -> str:
        raise TypeError("A secret's value is not pickled.")

    @property
    def service_account_id(self) -> str | None:
        """Whose key it is; None for one that was put in by hand."""
        found = self.fields.get(SERVICE_ACCOUNT_ID)
        return found if isinstance(found, str) else None


class Secret:
    """One secret, with a client that is made when it is first asked.

    Args:
        secret_id: Its ARN.
    """

    def __init__(self, secret_id: str) -> None:
        self._secret_id = secret_id
        self._client: SecretsManagerClient | None = None

    @property
    def client(self) -> "SecretsManagerClient":
        """The client."""
        if self._client is None:
            self._client = aws.client("secretsmanager", BOTO_CONFIG)
        return self._client

    def labels(self) -> Labels:
        """The labels as they are now.

        Raises:
            RotationError: Secrets Manager refuses or does not answer; so do all methods here.
        """
        with saying("The secret's versions are unknown"):
            found = self.client.describe_secret(SecretId=self._secret_id)
        stages = found.get("VersionIdsToStages", {})
        return Labels(
            arn=found["ARN"],
            is_rotated=found.get("RotationEnabled"),
            stages={version: tuple(labels) for version, labels in stages.items()},
        )

    def value(self, version_id: str) -> Value | None:
        """What a version holds; None for a version that is empty yet.

        Raises:
            RotationError: What it holds is no key.
        """
        with saying(f"Version {version_id} of the secret cannot be read"):
            try:
                found = self.client.get_secret_value(SecretId=self._secret_id, VersionId=version_id)
            except self.client.exceptions.ResourceNotFoundException:
                return None
        text = found.get("SecretString") or found.get("SecretBinary")
        fields, credentials = fields_in(text), credentials_in(text)
        if isinstance(fields, str) or isinstance(credentials, str):
            raise RotationError(f"Version {version_id} of the secret: {credentials}")
        hide(credentials)
        return Value(fields, credentials)

    def put_pending(self, version_id: str, fields: Mapping[str, Any]) -> None:
        """Fill a version, which is pending from then on; a second time the same does nothing."""
        with saying("The new key cannot be stored"):
            self.client.put_secret_value(
                SecretId=self._secret_id,
                ClientRequestToken=version_id,
                SecretString=json.dumps(fields),
                VersionStages=[PENDING],
            )

    def make_current(self, version_id: str, *, instead_of: str | None) -> None:
        """Move AWSCURRENT to a version, in the one call that also ends its being pending.

        AWS asks not to remove AWSPENDING by a call of its own, which can look like a failure, and
        puts AWSPREVIOUS on the version that was current.
        """
        source = {"RemoveFromVersionId": instead_of} if instead_of else {}
        with saying("The new key cannot be made the current one"):
            self.client.update_secret_version_stage(
                SecretId=self._secret_id,
                VersionStage=CURRENT,
                MoveToVersionId=version_id,
                **source,
            )


def account_name(arn: str, version_id: str) -> str:
    """The name of the service account whose key a version holds: always the same for both.

    The end of a secret's ARN has six random characters, so no other secret leads to the same name.
    """
    return f"{_prefix(arn)}{version_id}"


def is_account_of(arn: str, name: str) -> bool:
    """Whether a service account of this name was made for a version of this secret."""
    # A version's id is what ClientRequestToken may be.
    return re.fullmatch(re.escape(_prefix(arn)) + r"[A-Za-z0-9-]{32,64}", name) is not None


def _prefix(arn: str) -> str:
    secret = arn.partition(":secret:")[2]
    return re.sub(r"[^A-Za-z0-9-]+", "-", secret) + "-"
