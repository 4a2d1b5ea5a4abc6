"""What `make run` takes from the shell: ports, who may call, which OpenAI, the parameters."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from local.parameters import LOOPBACK, VariableError, parameters_from

DEFAULT_PORT = 3000
# Given to the stand-in, which takes anything that begins with `sk-`.
STANDIN_API_KEY = "sk-local-test-key"

AuthMode = Literal["IAM", "JWT"]


@dataclass(frozen=True)
class Settings:
    """How the local stack is to stand.

    Attributes:
        port: Of the gateway; 0 takes any free one.
        issuer_port: Of the token issuer, where one is started.
        auth_mode: None lets everyone in as the local caller.
        openai_api_key: The OpenAI secret: a key, or JSON with its organization and project.
        starts_standin: Whether a stand-in for OpenAI is started.
        starts_issuer: Whether a token issuer is started.
        parameters: A value for every parameter of the template.
    """

    port: int
    issuer_port: int
    auth_mode: AuthMode | None
    openai_api_key: str = field(repr=False)
    starts_standin: bool
    starts_issuer: bool
    parameters: Mapping[str, Any]

    @classmethod
    def from_shell(cls, shell: Mapping[str, str], template: Mapping[str, Any]) -> "Settings":
        """Read the shell's variables.

        Raises:
            VariableError: One of them has a value that cannot be used.
        """
        parameters = parameters_from({**shell, **_defaults(shell)}, template)
        port = port_from(shell)
        auth_mode = parameters["AuthMode"] if _given(shell, "AUTH_MODE") else None
        starts_issuer = auth_mode == "JWT" and not parameters["JwtIssuer"]
        if auth_mode == "JWT" and not starts_issuer:
            for variable in ("JWT_AUDIENCE", "JWT_SCOPE"):
                if not _given(shell, variable):
                    raise VariableError(f"{variable} is needed with JWT_ISSUER, as in deployment.")
        return cls(
            port=port,
            issuer_port=issuer_port_from(shell),
            auth_mode=auth_mode,
            openai_api_key=_openai_api_key(shell),
            starts_standin=not (
                _given(shell, "OPENAI_API_KEY") or _given(shell, "OPENAI_BASE_URL")
            ),
            starts_issuer=starts_issuer,
            parameters=parameters,
        )


def port_from(shell: Mapping[str, str]) -> int:
    """`PORT`, the gateway's.

    Raises:
        VariableError: It is no port number.
    """
    return _port(shell, "PORT", DEFAULT_PORT)


def issuer_port_from(shell: Mapping[str, str]) -> int:
    """`ISSUER_PORT`, or else the port after the gateway's; raises as `port_from` does."""
    return _port(shell, "ISSUER_PORT", port_from(shell) + 1)


def _defaults(shell: Mapping[str, str]) -> dict[str, str]:
    """What differs here from the template's defaults: the console is served."""
    return {} if _given(shell, "CONSOLE") else {"CONSOLE": "true"}


def _given(shell: Mapping[str, str], variable: str) -> str:
    return shell.get(variable, "").strip()


def _port(shell: Mapping[str, str], variable: str, default: int) -> int:
    given = _given(shell, variable)
    if not given:
        return default
    if not given.isdecimal() or int(given) > 65535:
        raise VariableError(f"{variable}={given}: must be a port number, up to 65535")
    return int(given)


def _openai_api_key(shell: Mapping[str, str]) -> str:
    api_key = shell.get("OPENAI_API_KEY", "")
    if not api_key.strip():
        base_url = _given(shell, "OPENAI_BASE_URL")
        if base_url and urlsplit(base_url).hostname not in LOOPBACK:
            raise VariableError(
                "OPENAI_API_KEY is needed with OPENAI_BASE_URL: which key to call it with?"
            )
        return STANDIN_API_KEY
    named = {"organization": "OPENAI_ORG_ID", "project": "OPENAI_PROJECT_ID"}
    extra = {name: value for name, each in named.items() if (value := _given(shell, each))}
    return json.dumps({"api_key": api_key, **extra}) if extra else api_key
