"""Reads session profiles: every file checked when the function starts, or it does not start.

`python -m broker.profile_files` checks the shipped folder, and its sessions against the contract
too, and prints what is wrong; the tests do the same.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_core import ValidationError

from broker.contract.validators import validator_of
from broker.merging import merged
from broker.redaction import scrubbed

if TYPE_CHECKING:
    from broker.profile_model import Limits, Requirement

FOLDER = Path(__file__).parent / "profiles"
SCHEMA = "profile.schema.json"

# As in a URL's path, where it stands; so no profile can hide behind an escape.
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# The first segment of the plain endpoint: a profile of this name would never be found.
_TAKEN = ("v1",)
_USER_IN_URL = re.compile(r"[a-z]+://[^/\s]*@")


class ProfileError(ValueError):
    """Profile files that cannot be used; the text names each file and path."""


class McpReference(str):
    """The name of a secret below `…/mcp/`, where its value will stand. JSON cannot make one."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ReadProfile:
    """A profile as its file has it, checked.

    Attributes:
        name: Of the file, and in the path of a request.
        requires: What a caller's token must say.
        defaults: Part of a body, credentials of MCP servers as `McpReference`.
        locked: Likewise.
        limits: What the result may be.
    """

    name: str
    requires: "Requirement | None"
    defaults: Mapping[str, Any]
    locked: Mapping[str, Any]
    limits: "Limits"


def read_profiles(folder: Path = FOLDER) -> dict[str, ReadProfile]:
    """Read and check all profiles.

    Raises:
        ProfileError: One of them cannot be used; names files and paths.
    """
    profiles, problems = {}, []
    for file in sorted(folder.glob("*.json")):
        if file.name == SCHEMA:
            continue
        try:
            profiles[file.stem] = _read(file)
        except ProfileError as exc:
            problems.append(str(exc))
    if "default" not in profiles and not problems:
        problems.append(f"{folder.name}/default.json: missing")
    if problems:
        raise ProfileError("\n".join(problems))
    return profiles


def _read(file: Path) -> ReadProfile:
    where = f"{file.parent.name}/{file.name}"
    if not _NAME.fullmatch(file.stem) or file.stem in _TAKEN:
        raise ProfileError(f"{where}: a profile's name is lower-case words joined by hyphens")
    try:
        content = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=_object)
        validator_of("profile").validate_python(content)
    except ValidationError as exc:
        problems = [f"{where}: {_sentence(error)}" for error in exc.errors(include_url=False)]
        raise ProfileError("\n".join(problems)) from exc
    except (ValueError, RecursionError) as exc:
        raise ProfileError(f"{where}: not JSON: {exc}") from exc
    found = [*_contradictions(content), *_literal_credentials(content, "")]
    problems = [f"{where}: {path}: {what}" for path, what in found]
    if problems:
        raise ProfileError("\n".join(problems))
    return ReadProfile(
        file.stem,
        content.get("requires"),
        _with_references(content.get("defaults", {})),
        _with_references(content.get("locked", {})),
        content.get("limits", {}),
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("an object names a key twice")
    return value


_REFERENCE = 'must be {"secret": "name"}, a secret of Secrets Manager, never the value itself'
# Where credentials of MCP servers go.
_CREDENTIAL = re.compile(r"\.tools\[\d+\]\.(authorization|headers\..+)$")
_SENTENCES = {
    "dict_type": "must be an object",
    "extra_forbidden": "is no part of a profile",
    "missing": "is required",
}


def _sentence(error: Any) -> str:
    path = ""
    for step in error["loc"]:
        path += f"[{step}]" if isinstance(step, int) else f".{step}"
    said = _SENTENCES.get(error["type"], error["msg"])
    if error["type"] == "dict_type" and _CREDENTIAL.search(path):
        said = _REFERENCE
    # What was given is not shown: where a reference belongs, it may be the credential itself.
    return f"{path.lstrip('.') or 'the profile'}: {said}"


def _contradictions(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What two fields of a profile may not say together."""
    requires = content.get("requires")
    if requires is not None:
        scope, claim, equals, contains = map(requires.get, ("scope", "claim", "equals", "contains"))
        if scope is None and claim is None:
            yield "requires", "name a scope or a claim"
        elif (claim is None) != (equals is None and contains is None):
            yield "requires", "a claim needs 'equals' or 'contains', and they need a claim"
        elif equals is not None and contains is not None:
            yield "requires", "give 'equals' or 'contains', not both"
    ttl_s = (content.get("limits") or {}).get("ttl_s") or {}
    default, maximum = ttl_s.get("default"), ttl_s.get("maximum")
    if default is not None and maximum is not None and default > maximum:
        yield "limits.ttl_s", "the default is greater than the maximum"


def _literal_credentials(node: Any, path: str) -> Iterator[tuple[str, str]]:
    """What looks like a credential, wherever it stands."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _literal_credentials(value, f"{path}.{key}" if path else key)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _literal_credentials(value, f"{path}[{index}]")
    elif isinstance(node, str):
        if scrubbed(node) != node:
            yield path, "holds what looks like a credential"
        if _USER_IN_URL.search(node):
            yield path, "is a URL with a user name in it"


def _with_references(body: Mapping[str, Any]) -> dict[str, Any]:
    """*body* with each `{"secret": name}` of its tools as an `McpReference`."""
    session = body.get("session")
    if not isinstance(session, dict) or not isinstance(session.get("tools"), list):
        return dict(body)
    return {**body, "session": {**session, "tools": [_tool(tool) for tool in session["tools"]]}}


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(tool)
    if isinstance(made.get("authorization"), dict):
        made["authorization"] = McpReference(made["authorization"]["secret"])
    if isinstance(made.get("headers"), dict):
        made["headers"] = {
            name: McpReference(reference["secret"]) for name, reference in made["headers"].items()
        }
    return made


def check(profile: ReadProfile) -> list[str]:
    """What OpenAI's contract, and the profile's own limits, say against its sessions."""
    # Imported late: start-up does not judge sessions, each request does.
    from broker.session_policy import Profile

    policy = Profile(profile, unknown_fields="reject")
    body = merged(profile.defaults, profile.locked)
    return [f"profiles/{profile.name}.json: {problem}" for problem in policy.problems(body)]


def main() -> None:
    """Check the shipped profiles; the exit status says whether all is well."""
    import sys

    try:
        problems = [line for profile in read_profiles().values() for line in check(profile)]
    except ProfileError as exc:
        problems = [str(exc)]
    sys.exit("\n".join(problems) or None)


if __name__ == "__main__":
    main()
