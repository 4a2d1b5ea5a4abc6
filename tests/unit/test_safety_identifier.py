import hashlib
import hmac
import re

import pytest

from broker.caller import Caller
from broker.errors import OperatorError, Rows
from broker.safety_identifier import SafetyIdentifiers, caller_hash
from broker.secret_source import UnreadableError

PEPPER = "canary-pepper-" + "0" * 50
ALICE = Caller("https://login.example|alice", "jwt", frozenset(), {})
BOB = Caller("https://login.example|bob", "jwt", frozenset(), {})


class Vault:
    def __init__(self, value: object) -> None:
        self.value = value
        self.asked = 0

    def get(self, name: str, *, max_age: int, force_fetch: bool = False) -> object:
        self.asked += 1
        if isinstance(self.value, Exception):
            raise UnreadableError from self.value
        return self.value


def test_it_is_the_hmac_of_the_caller_under_the_pepper() -> None:
    identifier = SafetyIdentifiers("pepper", provider=Vault(PEPPER)).of(ALICE)

    assert identifier == hmac.new(PEPPER.encode(), ALICE.id.encode(), hashlib.sha256).hexdigest()
    assert re.fullmatch(r"[0-9a-f]{64}", identifier)


def test_every_environment_gives_a_caller_the_same_one_and_no_other_caller() -> None:
    one, another = (SafetyIdentifiers("pepper", provider=Vault(PEPPER)) for _ in range(2))

    assert one.of(ALICE) == another.of(ALICE) != one.of(BOB)


def test_another_pepper_gives_another_one() -> None:
    one = SafetyIdentifiers("pepper", provider=Vault(PEPPER))
    another = SafetyIdentifiers("pepper", provider=Vault(PEPPER + "1"))

    assert one.of(ALICE) != another.of(ALICE)


def test_the_pepper_is_read_once() -> None:
    vault = Vault(PEPPER)
    identifiers = SafetyIdentifiers("pepper", provider=vault)

    identifiers.of(ALICE)
    vault.value = PEPPER + " rotated by mistake"
    again = identifiers.of(ALICE)

    assert vault.asked == 1
    assert again == SafetyIdentifiers("pepper", provider=Vault(PEPPER)).of(ALICE)


def test_the_pepper_is_not_read_before_the_first_caller() -> None:
    vault = Vault(PEPPER)

    SafetyIdentifiers("pepper", provider=vault)

    assert vault.asked == 0


@pytest.mark.parametrize("value", [None, "", "  ", "too short", b"bytes" * 20])
def test_without_a_usable_pepper_nobody_is_served(value: object) -> None:
    with pytest.raises(OperatorError) as caught:
        SafetyIdentifiers("pepper", provider=Vault(value)).of(ALICE)

    assert caught.value.row is Rows.API_KEY_UNAVAILABLE
    assert "pepper" in str(caught.value.reason)


def test_a_pepper_that_cannot_be_read_just_now_is_asked_for_again() -> None:
    vault = Vault(ConnectionError())
    identifiers = SafetyIdentifiers("pepper", provider=vault)

    with pytest.raises(OperatorError) as caught:
        identifiers.of(ALICE)
    vault.value = PEPPER

    assert caught.value.row is Rows.SECRETS_MANAGER_UNAVAILABLE
    assert identifiers.of(ALICE)


def test_a_caller_with_a_lone_surrogate_has_one_too() -> None:
    odd = Caller("https://login.example|\ud800", "jwt", frozenset(), {})

    assert len(SafetyIdentifiers("pepper", provider=Vault(PEPPER)).of(odd)) == 64


def test_the_ledger_names_a_caller_by_its_beginning() -> None:
    identifier = SafetyIdentifiers("pepper", provider=Vault(PEPPER)).of(ALICE)

    assert identifier.startswith(caller_hash(identifier))
    assert len(caller_hash(identifier)) == 32


def test_nothing_shows_the_pepper() -> None:
    identifiers = SafetyIdentifiers("pepper", provider=Vault(PEPPER))
    identifiers.of(ALICE)

    assert "canary" not in repr(identifiers)
