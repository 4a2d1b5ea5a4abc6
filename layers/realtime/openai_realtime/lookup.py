"""Name resolution in bounded time; `getaddrinfo` knows no time-out."""

import ipaddress
import socket
import threading
from collections.abc import Sequence
from typing import Any

AddressInfo = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]


class _Lookup(threading.Thread):
    """One call of `getaddrinfo`; a daemon, so that a hanging resolver holds up no exit."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(name=f"lookup-{host}", daemon=True)
        self._host, self._port = host, port
        self.addresses: Sequence[AddressInfo] = ()
        self.error: socket.gaierror | None = None

    def run(self) -> None:
        try:
            self.addresses = _addresses(self._host, self._port)
        except socket.gaierror as exc:
            self.error = exc
        except (OSError, UnicodeError) as exc:
            self.error = socket.gaierror(socket.EAI_NONAME, type(exc).__name__)


# A look-up that nobody waits for any more goes on; who asks again for its name joins it, so that
# a dead resolver holds one thread and not one for every attempt.
_running: dict[tuple[str, int], _Lookup] = {}
_lock = threading.Lock()


def addresses(host: str, port: int, *, timeout_s: float | None) -> Sequence[AddressInfo]:
    """Where *host* is.

    Args:
        host: A name or an address; IPv6 with or without brackets.
        port: Copied into the result.
        timeout_s: Seconds to wait; None for no limit.

    Raises:
        TimeoutError: The resolver did not answer in time.
        socket.gaierror: There is no such name.
    """
    host = host.strip("[]")
    if _is_address(host):
        return _addresses(host, port)
    with _lock:
        lookup = _running.get((host, port))
        # In a forked child the parent's threads are not alive.
        if lookup is None or not lookup.is_alive():
            lookup = _running[host, port] = _Lookup(host, port)
            lookup.start()
    lookup.join(timeout_s)
    if lookup.is_alive():
        raise TimeoutError("The name was not resolved in time.")
    if lookup.error is not None:
        raise lookup.error
    return lookup.addresses


def _addresses(host: str, port: int) -> Sequence[AddressInfo]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
