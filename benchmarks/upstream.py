"""The fast OpenAI for the length of a `with` block, and the certificates to trust it by."""

import socket
import statistics
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import botocore
import urllib3

from local.lifeline import clean_environment, start_module, stop
from tests.certificates import Authority

PROBES = 300


class Upstream:
    """The process, and the file of authorities that a client must be given.

    The file holds the public authorities too: to read some 140 certificates is a part of every cold
    start that speaks TLS.
    """

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        authority = Authority.create(folder)
        authority.server_context()
        (certificate,) = folder.glob("server-*.pem")
        public = Path(botocore.__file__).with_name("cacert.pem")
        self._ca_file = folder / "all.pem"
        self._ca_file.write_bytes(public.read_bytes() + authority.ca_file.read_bytes())
        listener = socket.create_server(("127.0.0.1", 0))
        self._base_url = f"https://127.0.0.1:{listener.getsockname()[1]}/v1"
        self._process = start_module(
            "benchmarks.fast_openai",
            [str(listener.fileno()), str(certificate)],
            environment=clean_environment({}),
            pass_fds=[listener.fileno()],
        )
        listener.close()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        stop(self._process)
        self._folder.cleanup()

    def variables(self) -> dict[str, str]:
        """What leads a function here."""
        return {"OPENAI_BASE_URL": self._base_url, "SSL_CERT_FILE": str(self._ca_file)}

    def own_share_ms(self) -> float:
        """The median of a bare request over a kept connection, milliseconds."""
        taken = []
        with urllib3.PoolManager(ca_certs=str(self._ca_file)) as http:
            for _ in range(PROBES):
                started = time.perf_counter()
                http.request("POST", f"{self._base_url}/realtime/client_secrets", body=b"{}")
                taken.append((time.perf_counter() - started) * 1000)
        return statistics.median(taken)
