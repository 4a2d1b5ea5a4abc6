"""The template's parameters as upper-case variables of the shell: `AuthMode` is `AUTH_MODE`.

A value that CloudFormation would refuse is refused here with one line that names the variable.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

# Their values are URLs that may be http as long as they stay on this machine.
_URLS = ("OpenAIBaseUrl", "JwtIssuer")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class VariableError(Exception):
    """A variable's value cannot be used; the message is one line for the shell."""


def variable_of(parameter: str) -> str:
    """The variable's name: `OpenAIBaseUrl` is `OPENAI_BASE_URL`."""
    words = re.findall(r"[A-Z][a-z0-9]*", parameter.replace("OpenAI", "Openai"))
    return "_".join(words).upper()


def parameters_from(shell: Mapping[str, str], template: Mapping[str, Any]) -> dict[str, Any]:
    """A value for every parameter of the template, from the shell or its default.

    An empty variable counts as not set.

    Raises:
        VariableError: A value is not allowed.
    """
    return {
        name: _value(name, definition, shell.get(variable_of(name), "").strip())
        for name, definition in template["Parameters"].items()
    }


def _value(name: str, definition: Mapping[str, Any], given: str) -> Any:
    kind = definition.get("Type", "String")
    if not given:
        given = str(definition.get("Default", ""))
    elif name in _URLS and given.startswith("http://"):
        _check_loopback_url(name, given)
    else:
        for each in given.split(",") if kind == "CommaDelimitedList" else [given]:
            _check(name, definition, each.strip())
    if kind == "CommaDelimitedList":
        return [each.strip() for each in given.split(",") if each.strip()]
    return given


def _check(name: str, definition: Mapping[str, Any], given: str) -> None:
    allowed = [str(each) for each in definition.get("AllowedValues", [])]
    if allowed and given not in allowed:
        raise VariableError(f"{variable_of(name)}={given}: must be one of {', '.join(allowed)}")
    pattern = definition.get("AllowedPattern")
    if pattern and not re.fullmatch(pattern, given):
        must = definition.get("ConstraintDescription", f"must match {pattern}")
        raise VariableError(f"{variable_of(name)}={_shown(given)}: {must}")
    if definition.get("Type") == "Number":
        _check_number(name, definition, given)


def _check_number(name: str, definition: Mapping[str, Any], given: str) -> None:
    low, high = definition.get("MinValue"), definition.get("MaxValue")
    try:
        number = float(given)
    except ValueError:
        raise VariableError(f"{variable_of(name)}={given}: must be a number") from None
    if low is not None and number < float(low):
        raise VariableError(f"{variable_of(name)}={given}: must be at least {low}")
    if high is not None and number > float(high):
        raise VariableError(f"{variable_of(name)}={given}: must be at most {high}")


def _check_loopback_url(name: str, given: str) -> None:
    try:
        url = urlsplit(given)
        # Reading the port is what finds a bad one.
        host, _ = url.hostname, url.port
    except ValueError:
        raise VariableError(f"{variable_of(name)}={_shown(given)}: is not a URL") from None
    if host not in LOOPBACK:
        must = "must begin with https:// (http:// only for this machine)"
        raise VariableError(f"{variable_of(name)}={_shown(given)}: {must}")
    if url.query or url.fragment or "@" in url.netloc:
        must = "must be a URL without credentials, query or fragment"
        raise VariableError(f"{variable_of(name)}={_shown(given)}: {must}")


def _shown(given: str) -> str:
    """A value without the password that a URL may carry."""
    return re.sub(r"//[^/@]*@", "//…@", given)
