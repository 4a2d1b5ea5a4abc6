"""The official Python SDK, unmodified, against the stack that `make run` serves."""

import asyncio
import json
import time
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types.realtime import RealtimeSessionCreateResponse
from openai.types.realtime.client_secret_create_response import ClientSecretCreateResponse

from local.openai_standin import Answer, Recorded, openai_error
from tests.contract.error_rows import ErrorRow
from tests.contract.sdk_stacks import Provoked, SdkStacks

RICH: Any = {
    "type": "realtime",
    "model": "gpt-realtime-2.1",
    "instructions": "Speak slowly.",
    "output_modalities": ["audio"],
    "audio": {
        "input": {
            "format": {"type": "audio/pcm", "rate": 24000},
            "transcription": {"model": "gpt-4o-transcribe", "language": "en"},
            "noise_reduction": {"type": "near_field"},
            "turn_detection": {"type": "semantic_vad", "eagerness": "low"},
        },
        "output": {"voice": "marin", "speed": 1.25},
    },
    "tools": [{"type": "function", "name": "weather", "parameters": {"type": "object"}}],
    "tool_choice": "auto",
    "tracing": {"workflow_name": "front desk", "metadata": {"visit": 7}},
    "max_output_tokens": 512,
    "truncation": {"type": "retention_ratio", "retention_ratio": 0.8},
    "include": ["item.input_audio_transcription.logprobs"],
}
TRANSCRIPTION: Any = {
    "type": "transcription",
    "audio": {"input": {"transcription": {"model": "gpt-4o-transcribe"}}},
}
WORKING = ErrorRow(name="", happened="nothing", status=200, raises={})


@pytest.fixture
def given(sdk_stacks: SdkStacks) -> Provoked:
    return sdk_stacks.provoke(WORKING)


@pytest.fixture
def client(given: Provoked) -> Any:
    with OpenAI(base_url=given.base_url, api_key=given.api_key) as client:
        yield client


def sent(stacks: SdkStacks) -> Recorded:
    """The one request that reached OpenAI."""
    (request,) = stacks.openai.requests
    return request


def test_a_bare_create_gives_a_typed_client_secret(client: OpenAI, sdk_stacks: SdkStacks) -> None:
    client_secret = client.realtime.client_secrets.create()

    assert isinstance(client_secret, ClientSecretCreateResponse)
    assert client_secret.value.startswith("ek_")
    assert isinstance(client_secret.expires_at, int)
    assert isinstance(client_secret.session, RealtimeSessionCreateResponse)
    assert client_secret.session.type == "realtime"
    assert sent(sdk_stacks).json == {}


def test_a_rich_session_reaches_openai_as_it_was_given(
    client: OpenAI, sdk_stacks: SdkStacks
) -> None:
    expires_after: Any = {"anchor": "created_at", "seconds": 120}

    client_secret = client.realtime.client_secrets.create(expires_after=expires_after, session=RICH)

    assert sent(sdk_stacks).json == {"expires_after": expires_after, "session": RICH}
    session = client_secret.session
    assert isinstance(session, RealtimeSessionCreateResponse)
    assert session.audio is not None
    assert session.audio.output is not None
    assert (session.model, session.audio.output.voice) == ("gpt-realtime-2.1", "marin")


def test_a_transcription_session(client: OpenAI, sdk_stacks: SdkStacks) -> None:
    client_secret = client.realtime.client_secrets.create(session=TRANSCRIPTION)

    assert sent(sdk_stacks).json == {"session": TRANSCRIPTION}
    assert client_secret.session.type == "transcription"


def test_the_access_token_opens_the_gateway_and_goes_no_further(
    client: OpenAI, given: Provoked, sdk_stacks: SdkStacks
) -> None:
    client.realtime.client_secrets.create()

    authorization = sent(sdk_stacks).headers["authorization"]
    assert authorization.startswith("Bearer sk-")
    assert given.api_key not in str(sent(sdk_stacks))


def test_extra_headers_query_and_body_are_taken_and_only_the_body_goes_on(
    client: OpenAI, sdk_stacks: SdkStacks
) -> None:
    extra_headers = {"OpenAI-Safety-Identifier": "canary-hash", "X-Mine": "canary"}

    client.realtime.client_secrets.create(
        extra_headers=extra_headers,
        extra_query={"mine": "canary"},
        extra_body={"expires_after": {"anchor": "created_at", "seconds": 60}},
    )

    request = sent(sdk_stacks)
    assert request.json == {"expires_after": {"anchor": "created_at", "seconds": 60}}
    assert "canary" not in request.path + str(request.headers)


def test_a_time_out_of_the_callers_is_its_own(given: Provoked, sdk_stacks: SdkStacks) -> None:
    sdk_stacks.openai.script(Answer(delay_s=1.5))

    with (
        OpenAI(base_url=given.base_url, api_key=given.api_key, max_retries=0) as client,
        pytest.raises(openai.APITimeoutError),
    ):
        client.realtime.client_secrets.create(timeout=0.3)
    # The gateway counts a request when it is over; this one's caller has gone before that.
    while sdk_stacks.counts() != (1, 1):
        time.sleep(0.05)


def test_the_raw_response_has_the_headers_an_sdk_reads(client: OpenAI) -> None:
    raw = client.realtime.client_secrets.with_raw_response.create()

    assert raw.status_code == 200
    assert raw.headers["content-type"] == "application/json"
    assert raw.headers["cache-control"] == "no-store"
    assert raw.headers["x-request-id"] == raw.request_id
    assert raw.parse().value.startswith("ek_")


def test_openais_request_id_is_on_the_result(client: OpenAI) -> None:
    client_secret = client.realtime.client_secrets.create()

    assert str(client_secret._request_id).startswith("req_")


def test_a_strict_client_accepts_the_answer(given: Provoked) -> None:
    with OpenAI(
        base_url=given.base_url, api_key=given.api_key, _strict_response_validation=True
    ) as client:
        assert client.realtime.client_secrets.create(session=RICH).value.startswith("ek_")


def test_the_asynchronous_client(given: Provoked, sdk_stacks: SdkStacks) -> None:
    async def create() -> list[ClientSecretCreateResponse]:
        async with AsyncOpenAI(base_url=given.base_url, api_key=given.api_key) as client:
            both = [client.realtime.client_secrets.create(session=each) for each in SESSIONS]
            return await asyncio.gather(*both)

    realtime, transcription = asyncio.run(create())

    assert (realtime.session.type, transcription.session.type) == ("realtime", "transcription")
    assert realtime.value != transcription.value


SESSIONS = [RICH, TRANSCRIPTION]


def test_an_api_key_may_be_a_function_that_fetches_a_fresh_token(
    given: Provoked, sdk_stacks: SdkStacks
) -> None:
    fetched = []

    def access_token() -> str:
        fetched.append(sdk_stacks.token())
        return fetched[-1]

    with OpenAI(base_url=given.base_url, api_key=access_token) as client:
        assert client.realtime.client_secrets.create().value.startswith("ek_")
    assert len(fetched) == 1


def test_a_passing_failure_is_over_after_one_retry_of_the_sdks(
    client: OpenAI, sdk_stacks: SdkStacks, waits_ms: list[float]
) -> None:
    # The function tries twice by itself.
    sdk_stacks.openai.script(*[Answer(503, openai_error("Overloaded."))] * 2)

    client_secret = client.realtime.client_secrets.create()

    assert client_secret.value.startswith("ek_")
    assert sdk_stacks.counts() == (2, 3)
    assert waits_ms == [1000]
    retries = [one.headers["x-stainless-retry-count"] for one in sdk_stacks.plain.gateway.handled]
    assert retries == ["0", "1"]


def test_several_wrong_fields_are_all_in_the_sdks_error(client: OpenAI) -> None:
    session: Any = {"type": "realtime", "voice": "marin", "tools": [{"type": "function"}]}

    with pytest.raises(openai.BadRequestError) as caught:
        client.realtime.client_secrets.create(session=session)

    assert isinstance(caught.value.body, dict)
    details = caught.value.body["details"]
    assert {one["param"] for one in details} == {"session.voice", "session.tools[0].name"}
    assert caught.value.param == details[0]["param"]
    assert json.dumps(details).count("ek_") == 0


@pytest.mark.parametrize("base_path", ["/v1", "/v1/", "/default/v1"])
def test_the_base_url_may_end_in_a_slash_or_name_a_profile(
    sdk_stacks: SdkStacks, base_path: str
) -> None:
    given = sdk_stacks.provoke(ErrorRow(**{**vars(WORKING), "base_path": base_path}))

    with OpenAI(base_url=given.base_url, api_key=given.api_key) as client:
        assert client.realtime.client_secrets.create().value.startswith("ek_")
