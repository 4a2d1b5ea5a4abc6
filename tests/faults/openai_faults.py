"""What OpenAI, or the way to it, can do."""

import gzip
import json
import ssl
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.certificates import Authority
from tests.faults import canaries
from tests.faults.fault import (
    REFUSED,
    SHORT_S,
    Expected,
    Fault,
    issued,
    timed_out,
    unreachable,
    unusable,
)
from tests.faults.scene import Scene
from tests.raw_server import Peer, RawServer, Reply, deaf_port, refusing_port, silent
from tests.replies import chunked, drip, flood, gzipped, head, raw, reply, seconds

MINTED = {"value": canaries.ISSUED, "expires_at": 1, "session": {"type": "realtime"}}
MINTED_JSON = json.dumps(MINTED).encode()
ERROR = {
    "error": {
        "message": f"{canaries.OPENAI_SAID} Key {canaries.API_KEY} of {canaries.PROJECT}"
        f" said Bearer {canaries.ACCESS_TOKEN} at https://{canaries.ELSEWHERE}/?x.",
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }
}
JSON_HEAD = {"Content-Type": "application/json"}
LEAKY = {"X-Canary": canaries.OPENAI_HEADER, "Set-Cookie": f"a={canaries.OPENAI_HEADER}"}


def refused(status: int, code: str | None = None, **headers: str) -> Reply:
    """An error of OpenAI's that quotes what it should not."""
    body = {"error": {**ERROR["error"], "code": code}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return reply(status, body, {"X-Request-Id": "req_test", **LEAKY, **named})


def answers(*replies: Reply) -> Callable[[Scene], None]:
    """OpenAI answers with these, the last one for ever."""
    return lambda scene: scene.openai.answer_with(*replies)


def instead(**options: object) -> Callable[[Scene], None]:
    """Another server stands in OpenAI's place."""

    def arrange(scene: Scene) -> None:
        scheme = "https" if options.get("tls") else "http"
        scene.openai = scene.cleanup.enter_context(RawServer(raw(b""), **options))  # type: ignore[arg-type]  # passed on
        scene.variables["OPENAI_BASE_URL"] = f"{scheme}://127.0.0.1:{scene.openai.port}/v1"

    return arrange


def nobody(scene: Scene) -> None:
    """Nobody listens where OpenAI should be."""
    port = scene.cleanup.enter_context(refusing_port())
    scene.variables["OPENAI_BASE_URL"] = f"http://127.0.0.1:{port}/v1"


def deaf(scene: Scene) -> None:
    """Nobody accepts where OpenAI should be."""
    port = scene.cleanup.enter_context(deaf_port())
    scene.variables["OPENAI_BASE_URL"] = f"http://127.0.0.1:{port}/v1"


def certificate(**options: object) -> Callable[[Scene], None]:
    """OpenAI's certificate is no good."""

    def arrange(scene: Scene) -> None:
        folder = scene.cleanup.enter_context(tempfile.TemporaryDirectory())
        authority = Authority.create(Path(folder))
        context: ssl.SSLContext = authority.server_context(**options)  # type: ignore[arg-type]  # passed on
        # Trusted, so that only the certificate itself is at fault.
        scene.variables["SSL_CERT_FILE"] = str(authority.ca_file)
        instead(tls=context)(scene)

    return arrange


def before_tls(on_connect: Callable[[Peer], bool]) -> Callable[[Scene], None]:
    """OpenAI's port does this instead of speaking TLS."""

    def arrange(scene: Scene) -> None:
        instead(on_connect=on_connect)(scene)
        scene.variables["OPENAI_BASE_URL"] = f"https://127.0.0.1:{scene.openai.port}/v1"

    return arrange


def hang_up(peer: Peer) -> bool:
    """The connection is reset before a byte is read."""
    return peer.end("reset")


def speak_http(peer: Peer) -> bool:
    """A web server's words to who speaks TLS to it."""
    peer.send(head(400, {"Content-Length": "0"}))
    return peer.end("close")


def say_nothing(peer: Peer) -> bool:
    """Neither TLS nor anything else."""
    return peer.end("hang")


def _length(length: int, **headers: str) -> bytes:
    return head(200, {**JSON_HEAD, "Content-Length": str(length), **headers})


BOMB = gzip.compress(b" " * 50_000_000)
DEEP = MINTED_JSON[:-1] + b', "x": ' + b"[" * 500 + b"]" * 500 + b"}"
WRONG_VALUES = {
    "`value: 5`": {**MINTED, "value": 5},
    "an empty `value`": {**MINTED, "value": ""},
    "a `value` with a line break": {**MINTED, "value": "ek_test\nX: y"},
    "no `value`": {"expires_at": 1},
    '`expires_at: "12"`': {**MINTED, "expires_at": "12"},
    "a JSON array": [MINTED],
    "`null`": None,
}
WRONG_BODIES = {
    "HTML": b"<html><body>Welcome</body></html>",
    "nothing": b"",
    "half of the JSON": MINTED_JSON[:-9],
    "JSON nested 500 deep": DEEP,
    "JSON nested 200,000 deep": b"[" * 200_000,
    "a number beyond all bounds": MINTED_JSON[:-1] + b', "x": 1e999}',
    "`NaN`": MINTED_JSON[:-1] + b', "x": NaN}',
    "bad UTF-8": b"\xff" + MINTED_JSON,
}


def _faults() -> Iterator[tuple[str, Callable[[Scene], None], Expected] | Fault]:
    yield "refuses the connection", nobody, unreachable(0)
    yield Fault("OpenAI", "does not take the connection", deaf, timed_out(0), SHORT_S)
    yield "resets before the first byte", answers(raw(b"", then="reset")), unreachable(1)
    half = head(200, JSON_HEAD)[:30]
    yield "resets in the middle of the headers", answers(raw(half, then="reset")), unreachable(1)
    half = _length(1000) + MINTED_JSON[:20]
    yield "resets in the middle of the body", answers(raw(half, then="reset")), unusable()
    yield "breaks off in the middle of the body", answers(raw(half)), unusable()
    for name, arrange in _hangs():
        yield Fault("OpenAI", name, arrange, timed_out(), SHORT_S)
    yield from _lengths()
    yield "answers with HTTP/1.0", answers(raw(_http_1_0())), issued()
    yield "sends 1,000 headers", answers(reply(200, MINTED, _many_headers())), unreachable(1)
    yield "sends a header of 1 MB", answers(reply(200, MINTED, {"X": "x" * 2**20})), unreachable(1)
    yield "does not speak HTTP", answers(raw(b"SSH-2.0-canary\r\n\r\n")), unreachable(1)
    early = head(103, {}) + _length(len(MINTED_JSON)) + MINTED_JSON
    yield "sends early hints first", answers(raw(early)), unreachable(1)
    for name, body in WRONG_BODIES.items():
        yield f"answers 200 with {name}", answers(reply(200, body)), unusable()
    for name, value in WRONG_VALUES.items():
        yield f"answers 200 with {name}", answers(reply(200, value)), unusable()
    yield from _redirects()
    yield from _tls()
    yield from _refusals()


def _hangs() -> Iterator[tuple[str, Callable[[Scene], None]]]:
    yield "hangs before the first byte", answers(silent)
    headers = _length(len(MINTED_JSON))
    yield "hangs after the headers", answers(raw(headers, then="hang"))
    yield "drips a byte a second, headers first", answers(drip(headers, pause=seconds(1)))
    dripping = drip(headers + MINTED_JSON, pause=seconds(0.01))
    yield "drips a body that takes longer than the time", answers(dripping)


def _lengths() -> Iterator[tuple[str, Callable[[Scene], None], Expected]]:
    yield "gives no length", answers(raw(head(200, JSON_HEAD) + MINTED_JSON)), issued()
    yield "answers in chunks", answers(chunked(200, [MINTED_JSON[:9], MINTED_JSON[9:]])), issued()
    yield "compresses", answers(gzipped(200, MINTED)), issued()
    short = _length(len(MINTED_JSON) - 5) + MINTED_JSON
    yield "gives too small a length", answers(raw(short)), unusable()
    long = _length(len(MINTED_JSON) + 5) + MINTED_JSON
    yield "gives too large a length", answers(raw(long)), unusable()
    piece = b" " * 2**20
    yield "answers with 100 MB", answers(flood(_length(100 * 2**20), piece, 100)), unusable()
    bomb = {"Content-Encoding": "gzip"}
    yield "answers with a gzip bomb of 50 MB", answers(reply(200, BOMB, bomb)), unusable()
    yield "says gzip and sends none", answers(reply(200, MINTED, bomb)), unusable()


def _redirects() -> Iterator[tuple[str, Callable[[Scene], None], Expected]]:
    def to(where: str, status: int) -> Reply:
        return reply(status, ERROR, {"Location": where, **LEAKY})

    elsewhere = f"https://{canaries.ELSEWHERE}/v1/realtime/client_secrets"
    yield "redirects to itself", answers(to("/v1/realtime/client_secrets", 307)), unusable()
    yield "redirects to another origin", answers(to(elsewhere, 308)), unusable()
    yield "redirects a POST to a GET", answers(to(elsewhere, 303)), unusable()
    yield "redirects to nowhere", answers(reply(302, ERROR, LEAKY)), unusable()


def _tls() -> Iterator[tuple[str, Callable[[Scene], None], Expected] | Fault]:
    yield "shows a certificate it signed itself", certificate(self_signed=True), unreachable()
    yield "shows an expired certificate", certificate(days=(-2, -1)), unreachable()
    other = certificate(name="elsewhere.example", address=None)
    yield "shows another name's certificate", other, unreachable()
    old = certificate(newest=ssl.TLSVersion.TLSv1_1)
    yield "speaks only TLS 1.1", old, unreachable()
    yield "does not speak TLS", before_tls(speak_http), unreachable()
    yield "resets before TLS is agreed", before_tls(hang_up), unreachable()
    yield Fault(
        "OpenAI", "hangs before TLS is agreed", before_tls(say_nothing), timed_out(), SHORT_S
    )


def _refusals() -> Iterator[tuple[str, Callable[[Scene], None], Expected]]:
    money = Expected(503, "upstream_quota_exhausted", "never", 1, "ERROR request_failed")
    yield "has no money left", answers(refused(429, "insufficient_quota")), money
    wait = Expected(429, "rate_limit_exceeded", "after 3000 ms", 1, REFUSED)
    limited = refused(429, "rate_limit_exceeded", retry_after="3")
    yield "limits the rate, for 3 s", answers(limited), wait
    wait = Expected(429, "rate_limit_exceeded", "never", 1, REFUSED)
    limited = refused(429, "rate_limit_exceeded", retry_after="20")
    yield "limits the rate, for 20 s", answers(limited), wait
    blocked = Expected(403, "user_blocked", "never", 1, REFUSED)
    yield "has blocked the user", answers(refused(403, "identifier_blocked")), blocked
    unknown = Expected(404, "model_not_found", "never", 1, REFUSED)
    yield "does not know the model", answers(refused(404, "model_not_found")), unknown
    quoted = Expected(400, None, "never", 1, REFUSED)
    yield "puts a key into its code and id", answers(_key_as_code()), quoted
    yield "fails once, and then answers", answers(refused(503), reply(200, MINTED)), issued(2)


def _key_as_code() -> Reply:
    return refused(400, canaries.API_KEY, x_request_id=f"req_{canaries.API_KEY}")


def _many_headers() -> dict[str, str]:
    return {f"X-Canary-{number}": canaries.OPENAI_HEADER for number in range(1000)}


def _http_1_0() -> bytes:
    return head(200, JSON_HEAD, "HTTP/1.0") + MINTED_JSON


OPENAI = [row if isinstance(row, Fault) else Fault("OpenAI", *row) for row in _faults()]
