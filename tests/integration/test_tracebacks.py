"""What a traceback with local variables shows, as error trackers and debuggers make them."""

import traceback

import pytest

from broker import upstream
from broker.errors import UpstreamError
from openai_realtime.credentials import Credentials
from tests.raw_server import RawServer, Reply
from tests.replies import raw, reply

API_KEY = "sk-test-canary-0123456789abcdef"


class Holder:
    """A provider whose key is in no frame."""

    def current(self) -> Credentials:
        return Credentials(API_KEY)

    refresh = current


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(raw(b"", then="reset"), id="reset"),
        pytest.param(reply(500, {}), id="500"),
        pytest.param(reply(401, {"error": {"message": API_KEY}}), id="401"),
        pytest.param(reply(200, b"<html>"), id="html"),
    ],
)
def test_no_frame_of_ours_shows_the_key(said: Reply) -> None:
    with RawServer(said) as server:
        resources = upstream.resources(Holder(), base_url=server.base_url)
        with pytest.raises(UpstreamError) as caught:
            upstream.create(
                resources["realtime"],
                {},
                safety_identifier="test",
                remaining_ms=5000,
                expect_ek=True,
            )

    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    frames = [frame for part in chain(shown) for frame in part.stack]
    ours = [frame for frame in frames if "layers/realtime" in frame.filename]
    assert ours
    assert not any(API_KEY in text for frame in ours for text in (frame.locals or {}).values())


def chain(shown: traceback.TracebackException | None) -> list[traceback.TracebackException]:
    return [] if shown is None else [shown, *chain(shown.__cause__ or shown.__context__)]
