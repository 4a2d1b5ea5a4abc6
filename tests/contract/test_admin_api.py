"""The Admin API: the official SDK against the stand-in, and our client beside it.

The SDK's own types hold the stand-in to OpenAI's shapes; what one client makes, the other sees.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from openai import AuthenticationError as SdkAuthenticationError
from openai import BadRequestError, NotFoundError, OpenAI, PermissionDeniedError

from local.openai_admin import ADMIN_KEY, PROJECT_ID
from local.openai_standin import OpenAIStandIn
from openai_realtime import AuthenticationError, Client
from openai_realtime import BadRequestError as OurBadRequestError
from openai_realtime.admin import AdminApiKeys, ServiceAccounts


@pytest.fixture
def standin() -> Iterator[OpenAIStandIn]:
    with OpenAIStandIn() as standin:
        yield standin


@pytest.fixture
def sdk(standin: OpenAIStandIn) -> Iterator[OpenAI]:
    with OpenAI(
        api_key="sk-test-unused",
        admin_api_key=ADMIN_KEY,
        base_url=standin.base_url,
        max_retries=0,
        # A field that is not of its type is an error then.
        _strict_response_validation=True,
    ) as client:
        yield client


@pytest.fixture
def ours(standin: OpenAIStandIn) -> Client:
    return Client(ADMIN_KEY, base_url=standin.base_url, max_retries=0)


def projects(sdk: OpenAI) -> Any:
    return sdk.admin.organization.projects


def test_an_account_of_the_sdks_is_an_account_of_ours(sdk: OpenAI, ours: Client) -> None:
    created = projects(sdk).service_accounts.create(PROJECT_ID, name="by-the-sdk")

    accounts = ServiceAccounts(ours, project_id=PROJECT_ID)
    assert [(each.id, each.name) for each in accounts.list()] == [(created.id, "by-the-sdk")]

    accounts.delete(created.id)
    assert list(projects(sdk).service_accounts.list(PROJECT_ID)) == []


def test_an_account_of_ours_is_an_account_of_the_sdks(sdk: OpenAI, ours: Client) -> None:
    created = ServiceAccounts(ours, project_id=PROJECT_ID).create("by-us", expires_in_seconds=60)

    [account] = projects(sdk).service_accounts.list(PROJECT_ID)
    assert (account.id, account.name) == (created.service_account_id, "by-us")

    deleted = projects(sdk).service_accounts.delete(account.id, project_id=PROJECT_ID)
    assert (deleted.id, deleted.deleted) == (account.id, True)
    assert ServiceAccounts(ours, project_id=PROJECT_ID).list() == []


def test_both_send_the_same_request(standin: OpenAIStandIn, sdk: OpenAI, ours: Client) -> None:
    accounts = ServiceAccounts(ours, project_id=PROJECT_ID)
    theirs = projects(sdk).service_accounts
    calls: list[tuple[Callable[[], object], Callable[[], object]]] = [
        (lambda: accounts.create("a"), lambda: theirs.create(PROJECT_ID, name="b")),
        (
            lambda: accounts.create("c", expires_in_seconds=9),
            lambda: theirs.create(PROJECT_ID, name="d", expires_in_seconds=9),
        ),
        (lambda: accounts.list(), lambda: theirs.list(PROJECT_ID, limit=100)),
        (lambda: accounts.project(), lambda: projects(sdk).retrieve(PROJECT_ID)),
        (
            lambda: AdminApiKeys(ours).list(),
            lambda: sdk.admin.organization.admin_api_keys.list(limit=100),
        ),
    ]

    for by_us, by_them in calls:
        standin.forget()
        by_us()
        by_them()

        one, other = standin.requests
        assert (one.method, one.path) == (other.method, other.path)
        assert one.headers["authorization"] == other.headers["authorization"]
        assert one.body.replace(b'"a"', b'"b"').replace(b'"c"', b'"d"') == other.body


def test_a_long_list_comes_in_pages_for_both(sdk: OpenAI, ours: Client) -> None:
    accounts = ServiceAccounts(ours, project_id=PROJECT_ID)
    made = [accounts.create(f"account-{number}").service_account_id for number in range(205)]

    assert [each.id for each in accounts.list()] == made
    assert [each.id for each in projects(sdk).service_accounts.list(PROJECT_ID)] == made


def test_the_project_and_the_admin_keys_have_openais_shapes(
    standin: OpenAIStandIn, sdk: OpenAI, ours: Client
) -> None:
    standin.admin.admin_key_expires_at = 1_900_000_000

    project = projects(sdk).retrieve(PROJECT_ID)
    [key] = sdk.admin.organization.admin_api_keys.list()

    seen = ServiceAccounts(ours, project_id=PROJECT_ID).project()
    assert (seen.id, seen.name, seen.status) == (project.id, project.name, project.status)
    [listed] = AdminApiKeys(ours).list()
    assert (listed.id, listed.redacted_value) == (key.id, key.redacted_value)
    assert listed.expires_at == key.expires_at == 1_900_000_000


def test_a_service_accounts_key_is_not_deleted_by_itself(sdk: OpenAI) -> None:
    created = projects(sdk).service_accounts.create(PROJECT_ID, name="a")

    with pytest.raises(BadRequestError, match="belongs to a service account"):
        projects(sdk).api_keys.delete(created.api_key.id, project_id=PROJECT_ID)


def test_what_is_gone_is_not_found_a_second_time(sdk: OpenAI, ours: Client) -> None:
    created = projects(sdk).service_accounts.create(PROJECT_ID, name="a")
    projects(sdk).service_accounts.delete(created.id, project_id=PROJECT_ID)

    with pytest.raises(NotFoundError):
        projects(sdk).service_accounts.delete(created.id, project_id=PROJECT_ID)
    # For us it is deleted, and that is all that was wanted.
    ServiceAccounts(ours, project_id=PROJECT_ID).delete(created.id)


def test_a_name_that_is_taken_is_refused_to_both(sdk: OpenAI, ours: Client) -> None:
    projects(sdk).service_accounts.create(PROJECT_ID, name="a")

    with pytest.raises(BadRequestError):
        projects(sdk).service_accounts.create(PROJECT_ID, name="a")
    with pytest.raises(OurBadRequestError):
        ServiceAccounts(ours, project_id=PROJECT_ID).create("a")


def test_another_project_is_not_found(sdk: OpenAI) -> None:
    with pytest.raises(NotFoundError):
        projects(sdk).retrieve("proj_other")


def test_a_key_of_a_project_administers_nothing(standin: OpenAIStandIn) -> None:
    client = Client("sk-proj-test-0123456789", base_url=standin.base_url, max_retries=0)

    with (
        OpenAI(
            api_key="sk-test", admin_api_key="sk-proj-test-0123456789", base_url=standin.base_url
        ) as sdk,
        pytest.raises(PermissionDeniedError),
    ):
        projects(sdk).retrieve(PROJECT_ID)
    with pytest.raises(Exception, match="Status 403"):
        ServiceAccounts(client, project_id=PROJECT_ID).project()


def test_an_unknown_admin_key_is_refused_and_not_quoted(standin: OpenAIStandIn) -> None:
    unknown = "sk-admin-canary-0123456789abcdef"
    client = Client(unknown, base_url=standin.base_url, max_retries=0)

    with pytest.raises(AuthenticationError) as refused:
        ServiceAccounts(client, project_id=PROJECT_ID).list()
    with (
        OpenAI(api_key="sk-test", admin_api_key=unknown, base_url=standin.base_url) as sdk,
        pytest.raises(SdkAuthenticationError),
    ):
        projects(sdk).retrieve(PROJECT_ID)

    # OpenAI's own words quote both ends of it.
    assert unknown[:8] not in str(refused.value)


def test_an_admin_key_mints_nothing(standin: OpenAIStandIn) -> None:
    with (
        OpenAI(api_key=ADMIN_KEY, base_url=standin.base_url) as sdk,
        pytest.raises(SdkAuthenticationError),
    ):
        sdk.realtime.client_secrets.create()


def test_a_deleted_accounts_key_mints_no_more(standin: OpenAIStandIn, sdk: OpenAI) -> None:
    created = projects(sdk).service_accounts.create(PROJECT_ID, name="a")
    with OpenAI(api_key=created.api_key.value, base_url=standin.base_url) as member:
        assert member.realtime.client_secrets.create().value.startswith("ek_")

        projects(sdk).service_accounts.delete(created.id, project_id=PROJECT_ID)

        with pytest.raises(SdkAuthenticationError):
            member.realtime.client_secrets.create()
