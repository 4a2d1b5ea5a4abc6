"""Runs a suite beside the stacks: `python -m tests.contract.sdk_launcher npm test`.

The suite finds the control server in SDK_STACKS_URL. `POST /provoke` takes the name of a row, or
what to change about a working request, and gives what the SDK needs; `GET /counts` tells what came
of it.
"""

import json
import os
import subprocess
import sys
from typing import Any

from local.http_connection import Service
from local.http_messages import Request, Response, json_response
from local.http_server import HttpServer
from tests.contract.error_rows import ErrorRow, read_rows
from tests.contract.sdk_stacks import SdkStacks


class Control:
    """What the suite may ask of the stacks."""

    def __init__(self, stacks: SdkStacks) -> None:
        self._stacks = stacks
        self._rows = {row.name: row for row in read_rows()}

    def __call__(self, request: Request) -> Response:
        """Answer the suite."""
        match request.method, request.path:
            case "POST", "/provoke":
                return json_response(200, self._provoke(json.loads(request.body)))
            case "GET", "/counts":
                return json_response(200, self._counts())
        return json_response(404, {})

    def _provoke(self, asked: dict[str, Any]) -> dict[str, Any]:
        row = self._rows.get(asked.get("name", ""))
        if row is None:
            row = ErrorRow(**{"name": "", "happened": "", "status": 200, "raises": {}, **asked})
        given = self._stacks.provoke(row)
        return {"baseURL": given.base_url, "apiKey": given.api_key, "body": given.body}

    def _counts(self) -> dict[str, Any]:
        gateway, openai = self._stacks.counts()
        return {"gateway": gateway, "openai": openai, "bodies": self._stacks.sent_bodies()}


def main() -> int:
    """Run the command line's command with the stacks beside it; its exit status is ours."""
    with SdkStacks() as stacks, HttpServer(Service(Control(stacks), _refuse)) as server:
        environment = os.environ | {"SDK_STACKS_URL": server.url}
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


def _refuse(status: int) -> Response:
    return json_response(status, {})


if __name__ == "__main__":
    sys.exit(main())
