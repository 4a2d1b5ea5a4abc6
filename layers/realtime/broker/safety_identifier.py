"""Whom OpenAI may block: a stable pseudonym of the caller, sent with every mint.

OpenAI acts against the one safety identifier that broke its rules, not the whole organisation. It
is the HMAC of the caller under a pepper that is made with the stack and never rotated: a new pepper
would give every blocked person a new name. Its beginning names the caller in ledger and quota.

Source: OpenAI's guides on the Realtime API and on safety checks; header OpenAI-Safety-Identifier.
"""

import hashlib
import hmac

from broker import redaction
from broker.caller import Caller
from broker.secret_source import Provider, read, unusable

HEADER = "openai-safety-identifier"
# Enough to tell all people apart, short enough to read in a log.
HASH_LENGTH = 32

_WHAT = "The pepper of safety identifiers"
_FOR_EVER_S = 10**9
_SHORTEST_PEPPER = 32


class SafetyIdentifiers:
    """Reads the pepper once per execution environment, when the first caller comes.

    Args:
        secret_id: Secrets Manager name or ARN of the pepper.
        provider: Where it is read.
    """

    def __init__(self, secret_id: str, *, provider: Provider) -> None:
        self._secret_id = secret_id
        self._provider = provider
        self._pepper: bytes | None = None

    def __repr__(self) -> str:
        return "SafetyIdentifiers(***)"

    def __reduce__(self) -> str:
        raise TypeError("The pepper is not pickled.")

    def forget(self) -> None:
        """Drop the pepper; the next caller has it read again."""
        self._pepper = None

    def of(self, caller: Caller) -> str:
        """The caller's safety identifier: 64 hexadecimal digits, the most that OpenAI takes.

        Raises:
            OperatorError: 503; the pepper cannot be read. Nobody is served without one: a mint
                that OpenAI cannot trace to a person is traced to the whole organisation.
        """
        if self._pepper is None:
            self._pepper = self._read()
        # A claim may hold a lone surrogate, which UTF-8 proper has no bytes for.
        message = caller.id.encode("utf-8", "surrogatepass")
        return hmac.new(self._pepper, message, hashlib.sha256).hexdigest()

    def _read(self) -> bytes:
        pepper = read(self._provider, self._secret_id, max_age_s=_FOR_EVER_S, what=_WHAT)
        redaction.hide(pepper)
        if len(pepper) < _SHORTEST_PEPPER:
            raise unusable(f"{_WHAT} is shorter than {_SHORTEST_PEPPER} characters.")
        return pepper.encode()


def caller_hash(safety_identifier: str) -> str:
    """The caller in ledger and quota: the safety identifier's first 32 digits."""
    return safety_identifier[:HASH_LENGTH]
