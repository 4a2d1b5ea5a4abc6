import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from local.openai_calls import OfferError
from local.openai_standin import OpenAIStandIn

OFFER = b"v=0\r\n"


class Calls:
    """Takes every call but those that it cannot understand."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, dict[str, Any]]] = []

    def answer(self, offer: str, session: dict[str, Any]) -> str:
        if not offer.startswith("v=0"):
            raise OfferError(offer)
        self.taken.append((offer, session))
        return "v=0 answer"


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def openai(calls: Calls) -> Iterator[OpenAIStandIn]:
    with OpenAIStandIn(calls=calls) as openai:
        yield openai


def mint(openai: OpenAIStandIn, path: str = "", **session: Any) -> str:
    answer = urllib3.request(
        "POST",
        f"{openai.base_url}/realtime{path}/client_secrets",
        json={"session": session},
        headers={"authorization": "Bearer sk-test-canary"},
    )
    return str(answer.json()["value"])


def call(
    openai: OpenAIStandIn, client_secret: str, path: str = "", **changed: Any
) -> urllib3.BaseHTTPResponse:
    headers = {"authorization": f"Bearer {client_secret}", "content-type": "application/sdp"}
    return urllib3.request(
        "POST",
        f"{openai.base_url}/realtime{path}/calls",
        body=changed.pop("body", OFFER),
        headers={**headers, **changed},
    )


def test_an_issued_client_secret_opens_a_call_with_its_session(
    openai: OpenAIStandIn, calls: Calls
) -> None:
    client_secret = mint(openai, type="realtime", model="gpt-realtime-2.1")

    answers = [call(openai, client_secret) for _ in range(2)]

    assert [(each.status, each.data) for each in answers] == [(201, b"v=0 answer")] * 2
    assert answers[0].headers["location"].startswith("/v1/realtime/calls/rtc_")
    assert answers[0].headers["access-control-allow-origin"] == "*"
    assert [session["model"] for _, session in calls.taken] == ["gpt-realtime-2.1"] * 2


def test_a_translation_is_called_at_its_own_path(openai: OpenAIStandIn) -> None:
    client_secret = mint(openai, "/translations", model="gpt-realtime-translate")

    assert call(openai, client_secret, "/translations").status == 201
    assert call(openai, client_secret).status == 400


@pytest.mark.parametrize("client_secret", ["ek_never_issued", "sk-test-canary", ""])
def test_nothing_else_opens_one(openai: OpenAIStandIn, client_secret: str) -> None:
    answer = call(openai, client_secret)

    assert answer.status == 401
    assert answer.headers["access-control-allow-origin"] == "*"


def test_an_expired_client_secret_opens_none(openai: OpenAIStandIn) -> None:
    client_secret = mint(openai, type="realtime")
    openai.issued[client_secret] = dataclasses.replace(openai.issued[client_secret], expires_at=1)

    answer = call(openai, client_secret)

    assert (answer.status, answer.json()["error"]["code"]) == (401, "token_expired")


@pytest.mark.parametrize(
    "changed",
    [{"body": b"hello"}, {"body": b"\xff"}, {"content-type": "application/json"}],
    ids=["no offer", "no text", "no sdp"],
)
def test_what_is_no_offer_is_refused(openai: OpenAIStandIn, changed: dict[str, Any]) -> None:
    assert call(openai, mint(openai, type="realtime"), **changed).status == 400


def test_a_browser_may_ask_from_another_origin(openai: OpenAIStandIn) -> None:
    answer = urllib3.request("OPTIONS", f"{openai.base_url}/realtime/calls")

    assert answer.status == 204
    assert "authorization" in answer.headers["access-control-allow-headers"]


def test_without_anybody_to_take_calls_it_says_which_command_brings_one() -> None:
    with OpenAIStandIn() as openai:
        answer = call(openai, mint(openai, type="realtime"))

    assert answer.status == 501
    assert "make talk" in answer.json()["error"]["message"]
