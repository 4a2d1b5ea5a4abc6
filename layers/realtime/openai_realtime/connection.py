"""urllib3's connections, with sockets that wait no longer than their attempt has time."""

import socket
import ssl
from collections.abc import Sequence
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from openai_realtime import lookup
from openai_realtime.attempt import current


class _Socket(socket.socket):
    """Sets its time-out to what is left before every wait, as Ruby's `Net::HTTP` adapter does."""

    def recv_into(self, *args: Any) -> int:
        self.settimeout(current().left_s())
        return super().recv_into(*args)

    def sendall(self, *args: Any) -> None:
        self.settimeout(current().left_s())
        super().sendall(*args)


class _TlsSocket(ssl.SSLSocket):
    """The same over TLS. OpenSSL's own loops keep to the time-out as a whole."""

    def do_handshake(self, *args: Any) -> None:
        self.settimeout(current().left_s())
        super().do_handshake(*args)

    def read(self, *args: Any) -> Any:
        self.settimeout(current().left_s())
        return super().read(*args)

    def send(self, *args: Any) -> int:
        self.settimeout(current().left_s())
        return super().send(*args)


class Connection(HTTPConnection):
    """Plain HTTP: to loopback, or to a proxy."""

    # Whoever sets http.client's own to 1 prints every header, the API key among them.
    debuglevel = 0

    _used_at: tuple[float, float]

    @property
    def is_connected(self) -> bool:
        """Whether the connection may serve once more; urllib3 asks before reuse."""
        return super().is_connected and not current().idle_too_long(self._used_at)

    def connect(self) -> None:
        """Look up, connect and agree on TLS, within the connect limit."""
        with current().connecting():
            super().connect()

    def endheaders(self, *args: Any, **kwargs: Any) -> None:
        """Send the headers; what fails from here on may have reached OpenAI."""
        if self.sock is None:
            self.connect()
        current().request_sent = True
        self._used_at = current().moment()
        super().endheaders(*args, **kwargs)

    def _new_conn(self) -> socket.socket:
        try:
            found = lookup.addresses(self._dns_host, self.port, timeout_s=current().left_s())
            return _connected(found, self.socket_options or [])
        # A failed look-up and a time-out are OSErrors, too; the cause tells which.
        except OSError as exc:
            raise NewConnectionError(self, f"Cannot connect: {exc}") from exc


class TlsConnection(Connection, HTTPSConnection):
    """HTTPS."""


class Pool(HTTPConnectionPool):
    """Connections to one plain HTTP origin or proxy."""

    ConnectionCls = Connection


class TlsPool(HTTPSConnectionPool):
    """Connections to one HTTPS origin."""

    ConnectionCls = TlsConnection


def tls_context() -> ssl.SSLContext:
    """Verifies certificate and name; TLS 1.2 or newer. Trusts nobody yet: `load_default_certs`.

    Built by hand: urllib3's and Python's own factories write the session keys of every connection
    to the file that `SSLKEYLOGFILE` names. A private authority goes into `SSL_CERT_FILE`, which
    OpenSSL reads itself; there is no switch that trusts everybody.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = _TlsSocket
    return context


def _connected(found: Sequence[lookup.AddressInfo], options: list[Any]) -> socket.socket:
    """A socket to the first address that answers; each may take its share of the time."""
    error = OSError("the name has no address")
    for index, (family, kind, protocol, _, address) in enumerate(found):
        sock = _Socket(family, kind, protocol)
        try:
            left_s = current().left_s()
            sock.settimeout(None if left_s is None else left_s / (len(found) - index))
            for option in options:
                sock.setsockopt(*option)
            sock.connect(address)
        except OSError as exc:
            sock.close()
            error = exc
        else:
            return sock
    raise error
