import json
import pickle
from typing import Any, cast

import pytest

from openai_realtime import APIResponseValidationError, Client, NotFoundError
from openai_realtime.admin import (
    MOST_PAGES,
    AdminApiKey,
    AdminApiKeys,
    Project,
    ServiceAccount,
    ServiceAccountKey,
    ServiceAccounts,
)
from openai_realtime.errors import InternalServerError, status_error
from openai_realtime.transport import Answer

KEY = "sk-svcacct-canary-0123456789"
CREATED = {"id": "svc_1", "name": "n", "api_key": {"id": "key_1", "value": KEY, "name": "k"}}
PATH = "organization/projects/proj_1"


class Asked:
    """Stands for the client: keeps what was asked, gives the answers in turn, the last for ever."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.requests: list[tuple[str, str, Any, Any]] = []

    def request(
        self, method: str, path: str, body: Any = None, options: Any = None
    ) -> tuple[Answer, int]:
        self.requests.append((method, path, body, options))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Answer):
            return answer, 0
        return Answer(200, {"x-request-id": "req_1"}, json.dumps(answer).encode(), True), 0


def service_accounts(asked: Asked, project_id: str = "proj_1") -> ServiceAccounts:
    return ServiceAccounts(cast(Client, asked), project_id=project_id)


def page(*items: dict[str, Any], has_more: bool | None = False) -> dict[str, Any]:
    return {"object": "list", "data": list(items), "has_more": has_more}


def account(number: int) -> dict[str, Any]:
    return {"id": f"svc_{number}", "name": f"n{number}", "role": "member", "created_at": 1}


def test_creating_an_account_gives_its_key() -> None:
    asked = Asked(CREATED)

    created = service_accounts(asked).create("n")

    assert created == ServiceAccountKey("svc_1", "key_1", KEY)
    assert asked.requests == [("POST", f"{PATH}/service_accounts", {"name": "n"}, None)]


def test_a_lifetime_is_sent_where_it_is_given() -> None:
    asked = Asked(CREATED)

    service_accounts(asked).create("n", expires_in_seconds=60)

    assert asked.requests[0][2] == {"name": "n", "expires_in_seconds": 60}


def test_a_key_shows_itself_to_nobody() -> None:
    created = service_accounts(Asked(CREATED)).create("n")

    assert KEY not in f"{created!r} {created} {[created]}"
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(created)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({**CREATED, "api_key": None}, "it has no api_key"),
        ({**CREATED, "api_key": "sk-canary"}, "it has no api_key"),
        ({**CREATED, "api_key": {"id": "key_1"}}, "it has no api_key.value"),
        ({**CREATED, "api_key": {"id": "key_1", "value": ""}}, "it has no api_key.value"),
        ({**CREATED, "api_key": {"id": "key_1", "value": 5}}, "it has no api_key.value"),
        ({**CREATED, "api_key": {"value": KEY}}, "it has no api_key.id"),
        ({**CREATED, "id": None}, "it has no id"),
        ([CREATED], "it is not a JSON object"),
        ("canary", "it is not a JSON object"),
    ],
)
def test_an_account_without_a_usable_key_is_an_error_that_quotes_nothing(
    body: Any, why: str
) -> None:
    with pytest.raises(APIResponseValidationError) as raised:
        service_accounts(Asked(body)).create("n")

    expected = f"OpenAI answered 200 without a service account with an API key: {why}."
    assert str(raised.value) == expected
    assert raised.value.request_id == "req_1"
    assert raised.value.status_code == 200


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<html>canary", "it is not JSON"),
        (b"", "it is not JSON"),
        (b"[" * 200_000, "it is not JSON"),
    ],
    ids=["html", "nothing", "deep"],
)
def test_what_is_not_json_is_an_error(body: bytes, why: str) -> None:
    with pytest.raises(APIResponseValidationError, match=why) as raised:
        service_accounts(Asked(Answer(201, {}, body, True))).create("n")

    assert raised.value.__cause__ is None
    assert raised.value.status_code == 201
    assert raised.value.request_id is None


def test_what_is_too_long_is_an_error() -> None:
    answer = Answer(200, {}, json.dumps(CREATED).encode(), False)

    with pytest.raises(APIResponseValidationError, match="it is longer than 1 MiB"):
        service_accounts(Asked(answer)).create("n")


def test_a_list_is_read_page_by_page() -> None:
    asked = Asked(
        page(account(1), account(2), has_more=True), page(account(3), has_more=True), page()
    )

    found = service_accounts(asked).list()

    assert found == [ServiceAccount(f"svc_{number}", f"n{number}") for number in (1, 2, 3)]
    assert [request[:3] for request in asked.requests] == [
        ("GET", f"{PATH}/service_accounts", None)
    ] * 3
    queries = [request[3]["extra_query"] for request in asked.requests]
    assert queries == [
        {"limit": 100},
        {"limit": 100, "after": "svc_2"},
        {"limit": 100, "after": "svc_3"},
    ]


@pytest.mark.parametrize("has_more", [False, None])
def test_a_list_ends_where_openai_names_no_more(has_more: bool | None) -> None:
    asked = Asked(page(account(1), has_more=has_more))

    assert len(service_accounts(asked).list()) == 1
    assert len(asked.requests) == 1


def test_a_list_that_does_not_end_is_an_error() -> None:
    asked = Asked(page(account(1), has_more=True))

    with pytest.raises(
        APIResponseValidationError, match="200 without a list of service accounts: it does not"
    ):
        service_accounts(asked).list()

    assert len(asked.requests) == MOST_PAGES == 100


def test_an_empty_page_that_promises_more_is_an_error() -> None:
    asked = Asked(page(has_more=True))

    with pytest.raises(APIResponseValidationError, match="it does not end"):
        service_accounts(asked).list()

    assert len(asked.requests) == 1


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({}, "it has no data"),
        ({"data": {}}, "it has no data"),
        ({"data": [account(1), 5]}, r"it has no data\[1\]"),
        ({"data": [account(1), {"id": "svc_2"}]}, r"it has no data\[1\].name"),
        ({"data": [{"name": "n"}]}, r"it has no data\[0\].id"),
    ],
)
def test_a_list_of_something_else_is_an_error(body: Any, why: str) -> None:
    with pytest.raises(APIResponseValidationError, match=f"{why}."):
        service_accounts(Asked(body)).list()


def test_an_account_is_deleted_by_its_id() -> None:
    asked = Asked({"deleted": True})

    service_accounts(asked).delete("svc_1/../2")

    assert asked.requests == [("DELETE", f"{PATH}/service_accounts/svc_1%2F..%2F2", None, None)]


def test_an_account_that_is_gone_is_deleted() -> None:
    gone = status_error(404, body={}, headers={})

    service_accounts(Asked(gone)).delete("svc_1")

    assert isinstance(gone, NotFoundError)


def test_an_account_that_openai_does_not_delete_is_an_error() -> None:
    with pytest.raises(InternalServerError):
        service_accounts(Asked(status_error(500, body={}, headers={}))).delete("svc_1")


def test_the_project_is_read() -> None:
    asked = Asked({"id": "proj_1", "name": "Voice", "status": "active"})

    assert service_accounts(asked).project() == Project("proj_1", "Voice", "active")
    assert asked.requests == [("GET", PATH, None, None)]


def test_a_project_may_lack_name_and_status() -> None:
    asked = Asked({"id": "proj_1", "name": None})

    assert service_accounts(asked).project() == Project("proj_1", None, None)


@pytest.mark.parametrize("wrong", [{"name": "n"}, {"id": "proj_1", "name": 5}])
def test_what_is_no_project_is_an_error(wrong: Any) -> None:
    with pytest.raises(APIResponseValidationError, match="without a project: it has no"):
        service_accounts(Asked(wrong)).project()


def test_a_project_id_stays_one_part_of_the_path() -> None:
    asked = Asked({"id": "proj_1"})

    service_accounts(asked, "../admin_api_keys?").project()

    assert asked.requests[0][1] == "organization/projects/..%2Fadmin_api_keys%3F"


def test_admin_keys_are_listed_with_their_end() -> None:
    shown = {"id": "key_1", "redacted_value": "sk-admin...def", "name": "n"}
    asked = Asked(page({**shown, "expires_at": 1_900_000_000}, {**shown, "id": "key_2"}))

    found = AdminApiKeys(cast(Client, asked)).list()

    assert found == [
        AdminApiKey("key_1", "sk-admin...def", 1_900_000_000),
        AdminApiKey("key_2", "sk-admin...def", None),
    ]
    assert asked.requests[0][:2] == ("GET", "organization/admin_api_keys")


@pytest.mark.parametrize("expires_at", ["soon", 1.5, True])
def test_an_end_that_is_no_time_is_an_error(expires_at: object) -> None:
    shown = {"id": "key_1", "redacted_value": "sk-admin...def", "expires_at": expires_at}

    with pytest.raises(
        APIResponseValidationError,
        match=r"without a list of admin keys: its data\[0\].expires_at is no time.",
    ):
        AdminApiKeys(cast(Client, Asked(page(shown)))).list()
