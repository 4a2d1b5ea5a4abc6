import copy
import pickle
import traceback
from typing import Any

import pytest

from openai_realtime import Client, ClientSecretCreateResponse, Credentials
from openai_realtime.credentials import ApiKeyProvider, FixedApiKey
from openai_realtime.proxies import Proxy
from openai_realtime.transport import Answer

KEY = "sk-test-canary-0123456789"


def test_white_space_around_a_credential_is_dropped() -> None:
    credentials = Credentials(f" {KEY}\r\n", " org ", "\tproj")

    assert credentials == Credentials(KEY, "org", "proj")


@pytest.mark.parametrize("name", ["api_key", "organization", "project"])
@pytest.mark.parametrize(
    "value",
    ["", " \n", "canary a", "canary\na", "canary\x00", "\u00e4canary", "canary\u200b", "\x7f"],
)
def test_a_credential_that_no_header_can_carry_is_refused_unquoted(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} ") as raised:
        Credentials(**{"api_key": KEY, name: value})

    assert "canary" not in "".join(traceback.format_exception(raised.value)[-1:])


@pytest.mark.parametrize("value", [None, 5, b"sk-canary", ["sk-canary"]])
def test_an_api_key_must_be_a_string(value: Any) -> None:
    with pytest.raises(TypeError, match="api_key must be a string") as raised:
        Credentials(value)

    assert "canary" not in str(raised.value)


def test_organization_and_project_may_be_absent() -> None:
    credentials = Credentials(KEY)

    assert (credentials.organization, credentials.project) == (None, None)


def test_a_fixed_key_is_the_same_after_a_refresh() -> None:
    fixed = FixedApiKey(Credentials(KEY))

    assert fixed.current() is fixed.refresh()
    assert isinstance(fixed, ApiKeyProvider)


HOLDERS = [
    Credentials(KEY, "org-canary"),
    FixedApiKey(Credentials(KEY)),
    Client(KEY, organization="org-canary", default_headers={"x-canary": "1"}),
    ClientSecretCreateResponse("ek_canary", 1, {"instructions": "canary"}),
]


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
@pytest.mark.parametrize("shown", [repr, str, "{}".format, lambda holder: f"{[holder]}"])
def test_what_holds_a_credential_does_not_show_it(holder: object, shown: Any) -> None:
    assert "canary" not in shown(holder)


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_what_holds_a_credential_is_not_pickled(holder: object, protocol: int) -> None:
    with pytest.raises(TypeError):
        pickle.dumps(holder, protocol)


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
def test_what_holds_a_credential_is_not_deeply_copied(holder: object) -> None:
    with pytest.raises(TypeError):
        copy.deepcopy(holder)


def test_neither_an_answer_nor_a_proxy_shows_what_it_holds() -> None:
    answer = Answer(200, {"set-cookie": "canary"}, b"ek_canary", complete=True)

    assert "canary" not in repr(answer)
    assert "canary" not in repr(Proxy("http://proxy.test", {"proxy-authorization": "canary"}))
