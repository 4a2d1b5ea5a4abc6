"""OpenAI's Admin API, as much of it as replacing an API key takes; signed with an admin key.

`client.admin.organization` of the official SDKs. Every API key made here belongs to a service
account, and goes with it: OpenAI deletes no service account's key by itself.

Source: Administration, OpenAI API reference.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from openai_realtime.client import Client
from openai_realtime.errors import APIResponseValidationError, NotFoundError
from openai_realtime.transport import Answer

# OpenAI's greatest page, and how many of them are read: more is a list that does not end.
PAGE_LIMIT = 100
MOST_PAGES = 100


@dataclass(frozen=True, slots=True)
class Project:
    """A project: what its service accounts may use, and whom they are billed to.

    Attributes:
        id: `proj_…`.
        name: For people; None where OpenAI does not say.
        status: `active` or `archived`; None where OpenAI does not say.
    """

    id: str
    name: str | None
    status: str | None


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A member of a project that is no person; API keys belong to it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, repr=False)
class ServiceAccountKey:
    """A new service account's API key; OpenAI shows it this once.

    Attributes:
        service_account_id: Deleting it ends the key.
        api_key_id: What OpenAI's usage and audit log call the key.
        value: `sk-…`.
    """

    service_account_id: str
    api_key_id: str
    value: str

    def __repr__(self) -> str:
        return "ServiceAccountKey(***)"

    def __reduce__(self) -> str:
        raise TypeError("An API key is not pickled.")


@dataclass(frozen=True, slots=True)
class AdminApiKey:
    """An admin key, as the list of them shows it.

    Attributes:
        id: OpenAI's.
        redacted_value: Beginning and end of the key, such as `sk-admin...def`.
        expires_at: Epoch seconds, UTC; None for never, or where OpenAI does not say.
    """

    id: str
    redacted_value: str
    expires_at: int | None


class ServiceAccounts:
    """`projects.service_accounts` of the official SDKs, of one project."""

    def __init__(self, client: Client, *, project_id: str) -> None:
        self._client = client
        self._project_path = f"organization/projects/{quote(project_id, safe='')}"

    def project(self) -> Project:
        """The project itself.

        Raises:
            APIError: OpenAI refused, did not answer, or answered with something else.
        """
        answer, _ = self._client.request("GET", self._project_path)
        found = _Reader(answer, "a project")
        return Project(found.text("id"), found.text_or_none("name"), found.text_or_none("status"))

    def list(self) -> list[ServiceAccount]:
        """All of them, page by page; raises as `project` does."""
        path, what = f"{self._project_path}/service_accounts", "a list of service accounts"
        return [
            ServiceAccount(each.text("id"), each.text("name"))
            for each in _pages(self._client, path, what)
        ]

    def create(self, name: str, *, expires_in_seconds: int | None = None) -> ServiceAccountKey:
        """Create a service account with an API key; raises as `project` does.

        Not idempotent: an account whose answer was lost has to be found by its name.

        Args:
            name: OpenAI is said to refuse one that is taken.
            expires_in_seconds: Life of the key, 1 to 31,536,000. None is not sent: the key lives
                until its account is deleted, unless a policy of the organisation's demands a life.
        """
        body: dict[str, Any] = {"name": name}
        if expires_in_seconds is not None:
            body["expires_in_seconds"] = expires_in_seconds
        answer, _ = self._client.request("POST", f"{self._project_path}/service_accounts", body)
        account = _Reader(answer, "a service account with an API key")
        key = account.below("api_key")
        return ServiceAccountKey(account.text("id"), key.text("id"), key.text("value"))

    def delete(self, service_account_id: str) -> None:
        """Delete an account and with it its keys; one that is not there is deleted.

        Raises:
            APIError: As `project` does.
        """
        account = quote(service_account_id, safe="")
        try:
            self._client.request("DELETE", f"{self._project_path}/service_accounts/{account}")
        except NotFoundError:
            return


class AdminApiKeys:
    """`admin_api_keys` of the official SDKs."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def list(self) -> list[AdminApiKey]:
        """Every admin key of the organisation; raises as `ServiceAccounts.project` does."""
        path, what = "organization/admin_api_keys", "a list of admin keys"
        return [
            AdminApiKey(each.text("id"), each.text("redacted_value"), each.time("expires_at"))
            for each in _pages(self._client, path, what)
        ]


def _pages(client: Client, path: str, what: str) -> "Iterator[_Reader]":
    """The objects of a list, over as many pages as there are."""
    after: dict[str, str] = {}
    for _ in range(MOST_PAGES):
        answer, _ = client.request(
            "GET", path, options={"extra_query": {"limit": PAGE_LIMIT, **after}}
        )
        page = _Reader(answer, what)
        found = page.items("data")
        yield from found
        if not page.fields.get("has_more"):
            return
        if not found:
            break
        after = {"after": found[-1].text("id")}
    raise page.unusable("it does not end")


class _Reader:
    """The fields of an answer, each of the type it must have."""

    def __init__(
        self, answer: Answer, what: str, fields: Mapping[str, Any] | None = None, at: str = ""
    ) -> None:
        self._answer = answer
        self._what = what
        self._at = at
        self.fields = self._parsed() if fields is None else fields

    def text(self, name: str) -> str:
        value = self.fields.get(name)
        if not isinstance(value, str) or not value:
            raise self.unusable(f"it has no {self._at}{name}")
        return value

    def text_or_none(self, name: str) -> str | None:
        return None if self.fields.get(name) is None else self.text(name)

    def time(self, name: str) -> int | None:
        value = self.fields.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise self.unusable(f"its {self._at}{name} is no time")
        return value

    def below(self, name: str) -> "_Reader":
        return self._part(self.fields.get(name), f"{self._at}{name}")

    def items(self, name: str) -> "list[_Reader]":
        value = self.fields.get(name)
        if not isinstance(value, list):
            raise self.unusable(f"it has no {name}")
        return [self._part(each, f"{name}[{index}]") for index, each in enumerate(value)]

    def unusable(self, why: str) -> APIResponseValidationError:
        """The error for this answer; *why* quotes nothing of it."""
        status = self._answer.status_code
        return APIResponseValidationError(
            f"OpenAI answered {status} without {self._what}: {why}.",
            status_code=status,
            request_id=self._answer.headers.get("x-request-id"),
        )

    def _part(self, value: object, at: str) -> "_Reader":
        if not isinstance(value, dict):
            raise self.unusable(f"it has no {at}")
        return _Reader(self._answer, self._what, value, f"{at}.")

    def _parsed(self) -> Mapping[str, Any]:
        if not self._answer.complete:
            raise self.unusable("it is longer than 1 MiB")
        try:
            body = json.loads(self._answer.body)
        except (ValueError, RecursionError):
            # From None: the parser's error quotes the body, which may hold a key.
            raise self.unusable("it is not JSON") from None
        if not isinstance(body, dict):
            raise self.unusable("it is not a JSON object")
        return body
