"""SnapStart, with `os.fork` as the snapshot: what two environments of one have in common."""

import json
import os
import random
import ssl
from collections.abc import Callable
from typing import Any

import pytest
import snapshot_restore_py

from broker import aws, redaction
from broker.quota_table import QuotaTable
from tests.integration.conftest import API_KEY, PEPPER, Stack


@pytest.fixture
def snapped(start: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack whose hooks alone are registered, and that has served before its snapshot is taken.

    Lambda takes it before the first request; so this one has more to forget than there ever is.
    """
    for registry in ("_before_snapshot_registry", "_after_restore_registry"):
        monkeypatch.setattr(snapshot_restore_py, registry, [])
    stack = start()
    assert stack.post().status == 200
    run(snapshot_restore_py.get_before_snapshot())
    return stack


def test_nothing_is_left_for_the_snapshot(snapped: Stack) -> None:
    app = snapped.app

    assert app.api_key._credentials is None
    assert app.safety_identifiers._pepper is None
    assert app.secrets._client is None
    assert app.secrets._values == {}
    assert aws.session.cache_info().currsize == 0
    assert app.quota._table._client is None
    assert redaction._hidden == redaction._issued == ()
    assert not open_sockets_to(snapped)


def test_two_environments_of_a_snapshot_have_nothing_in_common(snapped: Stack) -> None:
    first, second = (restored(snapped) for _ in range(2))

    # Each read the key and the pepper itself, over a connection of its own.
    assert first["status"] == second["status"] == 200
    assert first["secrets_read"] == second["secrets_read"] == 2
    assert first["port"] != second["port"]
    # botocore's jitter, and OpenSSL's.
    assert first["jitter"] != second["jitter"]
    assert first["tls"] != second["tls"]


def test_without_the_hook_they_would_retry_in_step(snapped: Stack) -> None:
    first, second = (restored(snapped, hooked=False) for _ in range(2))

    assert first["jitter"] == second["jitter"]


def test_an_import_reads_no_secret_and_opens_no_socket(start: Callable[..., Stack]) -> None:
    stack = start()

    assert stack.app.api_key._credentials is None
    assert stack.app.safety_identifiers._pepper is None
    assert stack.app.secrets._client is None
    assert not open_sockets_to(stack)
    assert stack.openai.requests == []


def test_forgetting_a_table_that_was_never_used_is_no_fault() -> None:
    QuotaTable("nobody").forget()


def restored(stack: Stack, *, hooked: bool = True) -> dict[str, Any]:
    """What a child of this process sees after the hooks for a restore have run."""
    # CPython seeds `random` in a child by itself; a snapshot has no such moment.
    state = random.getstate()
    before = len(stack.openai.requests)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            random.setstate(state)
            if hooked:
                run(snapshot_restore_py.get_after_restore())
            os.write(writing, json.dumps(seen(stack)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told: dict[str, Any] = json.loads(pipe.read())
    os.waitpid(child, 0)
    assert len(stack.openai.requests) == before + 1
    assert stack.openai.requests[-1].headers["authorization"] == f"Bearer {API_KEY}"
    return told


def seen(stack: Stack) -> dict[str, Any]:
    jitter, tls = random.random(), ssl.RAND_bytes(16).hex()
    read: list[str] = []
    stack.app.secrets._on_read = lambda: read.append("")
    status = stack.post().status
    pool = stack.app.resources["realtime"]._client._transport._pools.pools
    ports = [
        connection.sock.getsockname()[1]
        for each in (pool[key] for key in pool.keys())  # noqa: SIM118 - it is no mapping
        for connection in each.pool.queue
        if connection is not None and connection.sock is not None
    ]
    assert PEPPER
    return {
        "status": status,
        "secrets_read": len(read),
        "port": ports[0],
        "jitter": jitter,
        "tls": tls,
    }


def open_sockets_to(stack: Stack) -> list[str]:
    pools = stack.app.resources["realtime"]._client._transport._pools.pools
    return list(map(str, pools.keys()))


def run(hooks: list[Any]) -> None:
    assert hooks
    for function, arguments, options in hooks:
        function(*arguments, **options)
