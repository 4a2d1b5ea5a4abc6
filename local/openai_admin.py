"""The Admin API of the stand-in for OpenAI: one project, its service accounts and their keys.

Paths, shapes and rules are those of OpenAI's own SDK and specification; what those leave open, an
attribute decides. `local/openai_standin.py` serves it beside the rest.
"""

import json
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qs

from local.http_messages import Request
from local.openai_keys import ApiKeys

ROOT = "/organization/"
# They open the stand-in and nothing else.
ADMIN_KEY = "sk-admin-local-test-key"
PROJECT_ID = "proj_local"
# OpenAI's limits.
LONGEST_LIFE_S = 31_536_000
PAGE_SIZES = range(1, 101)

Answered = tuple[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Account:
    """A service account and its key; `created_at` is epoch seconds, UTC."""

    id: str
    name: str
    created_at: int
    key_id: str
    key: str
    key_expires_at: int | None

    def shown(self) -> dict[str, Any]:
        """As a list shows it."""
        return {
            "object": "organization.project.service_account",
            "id": self.id,
            "name": self.name,
            "role": "member",
            "created_at": self.created_at,
        }


class AdminApi:
    """The Admin API.

    Attributes:
        accounts: The live service accounts by id, in the order of their making.
        deleted: Ids of those that are gone.
        takes_duplicate_names: Whether two accounts may have one name; documented nowhere.
        key_delay_s: How long a new key is refused before all of OpenAI knows it.
        longest_key_life_s: An organisation's policy: the life of a key must be given, and not be
            longer; None is no policy.
        admin_key_expires_at: Of the one admin key, epoch seconds; None for never.
        project_status: `active` or `archived`.
    """

    def __init__(self, api_keys: ApiKeys) -> None:
        self._api_keys = api_keys
        self.accounts: dict[str, Account] = {}
        self.deleted: list[str] = []
        self.takes_duplicate_names = False
        self.key_delay_s = 0.0
        self.longest_key_life_s: int | None = None
        self.admin_key_expires_at: int | None = None
        self.project_status: Literal["active", "archived"] = "active"
        self._lock = threading.Lock()

    def respond(self, request: Request) -> Answered | None:
        """Status and body; None for a path that is not the Admin API's."""
        _, root, path = request.path.partition(ROOT)
        if not root:
            return None
        if refusal := _unauthorized(request):
            return refusal
        for method, pattern, respond in self._routes():
            match = re.fullmatch(pattern, path)
            if match and method == request.method:
                with self._lock:
                    return respond(request, *match.groups())
        return 404, error(f"Invalid URL ({request.method} {request.path})")

    def _routes(self) -> Iterator[tuple[str, str, Callable[..., Answered]]]:
        project = f"projects/{PROJECT_ID}"
        yield "GET", project, self._project
        yield "GET", f"{project}/service_accounts", self._list
        yield "POST", f"{project}/service_accounts", self._create
        yield "DELETE", f"{project}/service_accounts/([^/]+)", self._delete
        yield "DELETE", f"{project}/api_keys/([^/]+)", self._delete_key
        yield "GET", "admin_api_keys", self._admin_keys

    def _project(self, _: Request) -> Answered:
        shown = {"id": PROJECT_ID, "name": "Local", "status": self.project_status}
        return 200, {"object": "organization.project", "created_at": 1, **shown}

    def _list(self, request: Request) -> Answered:
        return _page(request, [account.shown() for account in self.accounts.values()])

    def _create(self, request: Request) -> Answered:
        try:
            body = json.loads(request.body)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return 400, error("We could not parse the JSON body of your request.")
        name, life_s = body.get("name"), body.get("expires_in_seconds")
        if refusal := self._wrong(name, life_s):
            return refusal
        now = int(time.time())
        account = Account(
            id=f"svc_acct_{secrets.token_hex(8)}",
            name=str(name),
            created_at=now,
            key_id=f"key_{secrets.token_hex(8)}",
            key=f"sk-svcacct-{secrets.token_urlsafe(48)}",
            key_expires_at=None if life_s is None else now + life_s,
        )
        self.accounts[account.id] = account
        self._api_keys.issue(account.key, delay_s=self.key_delay_s)
        key = {
            "object": "organization.project.service_account.api_key",
            "id": account.key_id,
            "name": "Secret Key",
            "value": account.key,
            "created_at": now,
            "expires_at": account.key_expires_at,
        }
        return 200, {**account.shown(), "api_key": key}

    def _wrong(self, name: object, life_s: object) -> Answered | None:
        if not isinstance(name, str) or not name:
            message = "Missing required parameter: 'name'."
            return 400, error(message, code="missing_required_parameter", param="name")
        names = {account.name for account in self.accounts.values()}
        if name in names and not self.takes_duplicate_names:
            return 400, error(f"A service account named '{name}' already exists.", param="name")
        if life_s is None and self.longest_key_life_s is None:
            return None
        most_s = self.longest_key_life_s or LONGEST_LIFE_S
        if not isinstance(life_s, int) or not 1 <= life_s <= most_s:
            message = f"'expires_in_seconds' must be between 1 and {most_s}."
            return 400, error(message, code="invalid_value", param="expires_in_seconds")
        return None

    def _delete(self, _: Request, account_id: str) -> Answered:
        account = self.accounts.pop(account_id, None)
        if account is None:
            return 404, error(f"No such service account: '{account_id}'.", code="not_found")
        self.deleted.append(account_id)
        self._api_keys.revoke(account.key)
        kind = "organization.project.service_account.deleted"
        return 200, {"object": kind, "id": account_id, "deleted": True}

    def _delete_key(self, _: Request, key_id: str) -> Answered:
        if any(account.key_id == key_id for account in self.accounts.values()):
            return 400, error("The key belongs to a service account, and is deleted with it.")
        return 404, error(f"No such API key: '{key_id}'.", code="not_found")

    def _admin_keys(self, request: Request) -> Answered:
        shown = {
            "object": "organization.admin_api_key",
            "id": "key_admin_local",
            "name": "local",
            "redacted_value": f"{ADMIN_KEY[:8]}...{ADMIN_KEY[-3:]}",
            "created_at": 1,
            "expires_at": self.admin_key_expires_at,
            "last_used_at": None,
            "owner": {"object": "organization.user", "type": "user", "role": "owner"},
        }
        return _page(request, [shown])


def error(message: str, *, code: str | None = None, param: str | None = None) -> dict[str, Any]:
    """OpenAI's error shape."""
    kind = "invalid_request_error"
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _unauthorized(request: Request) -> Answered | None:
    scheme, _, key = (request.header("authorization") or "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        return 401, error("Missing bearer or basic authentication in header")
    if key == ADMIN_KEY:
        return None
    if key.startswith("sk-") and not key.startswith("sk-admin-"):
        message = "You have insufficient permissions for this operation. Missing scopes: "
        return 403, error(f"{message}api.management.read.")
    shown = f"{key[:8]}{'*' * 8}{key[-4:]}"
    return 401, error(f"Incorrect API key provided: {shown}.", code="invalid_api_key")


def _page(request: Request, everything: list[dict[str, Any]]) -> Answered:
    query: Mapping[str, list[str]] = parse_qs(request.query)
    limit = query.get("limit", ["20"])[0]
    if not limit.isdecimal() or int(limit) not in PAGE_SIZES:
        message = f"'limit' must be between 1 and {PAGE_SIZES[-1]}."
        return 400, error(message, code="invalid_value", param="limit")
    ids = [each["id"] for each in everything]
    after = query.get("after", [""])[0]
    start = ids.index(after) + 1 if after in ids else 0
    page = everything[start : start + int(limit)]
    return 200, {
        "object": "list",
        "data": page,
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
        "has_more": start + len(page) < len(everything),
    }
