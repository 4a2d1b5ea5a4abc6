"""Step 3: the operator's profile decides what a session is made of, and what a caller may change.

The profile's `defaults` and `locked` and the caller's body become one body (broker.merging), which
must satisfy OpenAI's contract, the locks and the limits, in this order. A fault of the caller's is
400 or 403 with the path; nothing is silently overruled.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn, Self

from broker.caller import Caller
from broker.contract import Kind
from broker.errors import CallerError, Rows, Violation, invalid_params
from broker.merging import Path, changes, contradictions, merged, shown
from broker.params import UnknownFields, judge
from broker.policy_limits import at, exceeded, filled
from broker.profile_files import McpReference, ReadProfile, read_profiles
from broker.shown import shown_key

_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


class SessionPolicy:
    """All profiles, by name."""

    def __init__(self, profiles: Iterable[ReadProfile], *, unknown_fields: UnknownFields) -> None:
        self._profiles = {
            profile.name: Profile(profile, unknown_fields=unknown_fields) for profile in profiles
        }

    @classmethod
    def shipped(cls, *, unknown_fields: UnknownFields) -> Self:
        """The profiles of this package.

        Raises:
            ProfileError: One of the files cannot be used.
        """
        return cls(read_profiles().values(), unknown_fields=unknown_fields)

    def profile(self, name: str, *, caller: Caller) -> "Profile":
        """The profile of that name, if *caller* may use it.

        Raises:
            CallerError: 404, there is none; 403, the caller's token does not say what it must.
        """
        profile = self._profiles.get(name)
        if profile is None:
            raise CallerError(
                Rows.PROFILE_NOT_FOUND, "There is no session profile of this name.", param=None
            )
        profile.admit(caller)
        return profile


class Profile:
    """One profile, ready to be applied.

    Args:
        profile: As read from its file.
        unknown_fields: Whether fields outside OpenAI's contract are refused or sent on.
    """

    def __init__(self, profile: ReadProfile, *, unknown_fields: UnknownFields) -> None:
        self.name = profile.name
        self._requires = profile.requires
        self._locked = profile.locked
        self._base: dict[str, Any] = merged(profile.defaults, profile.locked)
        self._limits = profile.limits
        self._unknown_fields = unknown_fields

    def admit(self, caller: Caller) -> None:
        """Refuse a caller whose access token does not say what the profile requires.

        Who signs has no token: API Gateway let them in by the path in their IAM policy.

        Raises:
            CallerError: 403.
        """
        requires = self._requires
        if requires is None or caller.kind == "iam":
            return
        scope, claim = requires.get("scope"), requires.get("claim")
        if scope is not None and scope not in caller.scopes:
            self._refuse((), f"needs a token with the scope '{scope}'")
        if claim is None:
            return
        value = caller.claims.get(claim, "")
        elements = value[1:-1].split() if value.startswith("[") and value.endswith("]") else [value]
        if value != requires.get("equals") and requires.get("contains") not in elements:
            self._refuse((), f"needs a token with the right claim '{claim}'")

    def apply(self, body: dict[str, Any], *, kind: Kind) -> dict[str, Any]:
        """The body to send to OpenAI, except that `McpReference`s stand where credentials will.

        Args:
            body: The caller's, parsed and not yet judged. It is not changed.
            kind: Which endpoint.

        Raises:
            CallerError: 400, the values break OpenAI's contract; 403, they break the policy.
        """
        base = self._base_of(kind)
        asked = {key: value for key, value in body.items() if not _is_silent(key, value, base)}
        params = filled(merged(base, asked), self._limits, kind)
        violations = judge(params, kind=kind, unknown_fields=self._unknown_fields)
        theirs = [found for found in violations if not _is_set_by(base, asked, found)]
        if theirs:
            raise invalid_params(theirs)
        for path, why in self._broken_policy(base, asked, params, kind):
            self._refuse(path, why)
        for found in violations:
            self._refuse_as(
                found.param, f"sets this, which does not go with the rest: {found.message}"
            )
        # Once more, for the locks' own objects: no string of the caller's is a reference.
        return merged(params, self._locks_of(kind)) if self._locked else params

    def problems(self, body: dict[str, Any]) -> list[str]:
        """What OpenAI's contract or the limits say against *body*, this profile's own."""
        is_translation = at(body, ("session", "type")) == "translation"
        kind: Kind = "translation" if is_translation else "realtime"
        params = filled(_for_endpoint(body, kind), self._limits, kind)
        violations = judge(params, kind=kind, unknown_fields="reject")
        # What the profile leaves open, the caller says.
        said = [found for found in violations if found.code != "missing_required_parameter"]
        over = exceeded(params, self._limits, kind)
        beyond = [f"{shown(path)}: the profile {why}" for path, why in over if at(params, path)]
        return [f"{found.param}: {found.message}" for found in said] + beyond

    def _base_of(self, kind: Kind) -> dict[str, Any]:
        """What the profile says to sessions of this endpoint."""
        session_type = at(self._base, ("session", "type"))
        if session_type is not None and (session_type == "translation") != (kind == "translation"):
            if "session" in self._locked:
                self._refuse((), f"makes sessions of type {session_type} only")
            return {key: value for key, value in self._base.items() if key != "session"}
        return _for_endpoint(self._base, kind)

    def _locks_of(self, kind: Kind) -> dict[str, Any]:
        return _for_endpoint(self._locked, kind)

    def _broken_policy(
        self, base: dict[str, Any], asked: dict[str, Any], params: dict[str, Any], kind: Kind
    ) -> Iterator[tuple[Path, str]]:
        for path in contradictions(self._locks_of(kind), params):
            yield path, "fixes this; leave it out, or send the same value"
        yield from exceeded(params, self._limits, kind)
        if (paths := self._limits.get("settable")) is not None:
            settable = [tuple(path.split(".")) for path in paths]
            said = {key: value for key, value in asked.items() if value is not None}
            for path in changes(base, said):
                if not any(path[: len(prefix)] == prefix for prefix in settable):
                    yield path, "does not let callers set this"

    def _refuse(self, path: Path, why: str) -> NoReturn:
        self._refuse_as(shown_key(shown(path)) if path else None, why)

    def _refuse_as(self, param: str | None, why: str) -> NoReturn:
        about = f"'{param}': the" if param else "The"
        message = f"{about} session profile '{self.name}' {why}."
        raise CallerError(Rows.NOT_ALLOWED_BY_POLICY, message.replace("..", "."), param=param)


def _is_silent(key: str, value: object, base: Mapping[str, Any]) -> bool:
    """A `null` at the top says no more than nothing, where the profile says something."""
    return value is None and key in base


def _for_endpoint(body: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    """*body* without the `type` that a translation session has in profiles alone."""
    session = body.get("session")
    if kind == "realtime" or not isinstance(session, dict):
        return dict(body)
    return {**body, "session": {key: each for key, each in session.items() if key != "type"}}


def _is_set_by(base: dict[str, Any], asked: dict[str, Any], found: Violation) -> bool:
    """Whether the field at fault is the profile's and not the caller's."""
    return _has(base, found.param) and not _has(asked, found.param)


def _has(node: Any, param: str | None) -> bool:
    for index, key in _STEP.findall(param or ""):
        if index and isinstance(node, list) and int(index) < len(node):
            node = node[int(index)]
        elif key and isinstance(node, dict) and key in node:
            node = node[key]
        else:
            return False
    return param is not None


def references_in(node: Any) -> Iterator[McpReference]:
    """Every reference in *node*."""
    if isinstance(node, McpReference):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from references_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from references_in(value)
