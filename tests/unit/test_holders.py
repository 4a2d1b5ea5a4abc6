"""Whatever holds a credential: it neither shows it nor can be pickled."""

import pickle

import pytest

from broker.api_key import ApiKey
from broker.caller import Caller
from broker.safety_identifier import SafetyIdentifiers
from broker.secret_source import SecretSource
from openai_realtime.client import Client
from openai_realtime.client_secrets import ClientSecretCreateResponse
from openai_realtime.credentials import Credentials, FixedApiKey

CANARY = "sk-test-canary-0123456789abcdef0123456789"


class Vault:
    """Gives everybody the canary."""

    def get(self, name: str, *, max_age: int, force_fetch: bool = False) -> object:
        return CANARY


def holders() -> list[object]:
    source = SecretSource()
    source._values["canary"] = CANARY
    api_key = ApiKey("id", provider=Vault())
    api_key.current()
    pepper = SafetyIdentifiers("id", provider=Vault())
    pepper.of(Caller("https://login.example|alice", "jwt", frozenset(), {}))
    return [
        source,
        api_key,
        pepper,
        Credentials(CANARY, organization="org-canary", project="proj_canary"),
        FixedApiKey(Credentials(CANARY)),
        Client(CANARY),
        ClientSecretCreateResponse(CANARY, 1, {"canary": 1}, body={"value": CANARY}),
    ]


@pytest.mark.parametrize("holder", holders(), ids=lambda each: type(each).__name__)
def test_it_shows_nothing_and_is_not_pickled(holder: object) -> None:
    assert "canary" not in f"{holder!r} {holder} {[holder]} {({'a': holder},)}"
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(holder)
