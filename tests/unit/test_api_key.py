import pickle
import traceback

import pytest

from broker.api_key import COOL_DOWN_S, MAX_AGE_S, REST_S, STALE_S, ApiKey
from broker.errors import OperatorError, Rows
from broker.secret_source import UnreadableError

OLD, NEW = "sk-test-old", "sk-test-new"


class Vault:
    """A parameter store in memory that counts how often it is asked."""

    def __init__(self, value: str) -> None:
        self.value = value
        self.down = False
        self.asked = 0

    def get(self, name: str, *, max_age: int, force_fetch: bool = False) -> object:
        self.asked += 1
        if self.down:
            raise UnreadableError from ConnectionError("the vault is down")
        return self.value


class Clock:
    """Two clocks that go alike, unless a test moves only one."""

    now = 1000.0
    wall = 0.0

    def __call__(self) -> tuple[float, ...]:
        return self.now, self.now + self.wall


@pytest.fixture
def vault() -> Vault:
    return Vault(OLD)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stale() -> list[str]:
    return []


@pytest.fixture
def api_key(vault: Vault, clock: Clock, stale: list[str]) -> ApiKey:
    return ApiKey("id", provider=vault, clock=clock, on_stale=lambda: stale.append("stale"))


def test_the_key_is_read_once_while_it_is_young(
    api_key: ApiKey, vault: Vault, clock: Clock
) -> None:
    api_key.current()
    clock.now += MAX_AGE_S - 1

    assert api_key.current().api_key == OLD
    assert vault.asked == 1


def test_an_old_key_is_read_again(api_key: ApiKey, vault: Vault, clock: Clock) -> None:
    api_key.current()
    vault.value = NEW
    clock.now += MAX_AGE_S

    assert api_key.current().api_key == NEW


def test_a_refused_key_is_read_again_at_once(api_key: ApiKey, vault: Vault) -> None:
    api_key.current()
    vault.value = NEW

    assert api_key.refresh().api_key == NEW
    assert api_key.current().api_key == NEW


def test_an_outage_of_openais_does_not_become_a_flood_of_look_ups(
    api_key: ApiKey, vault: Vault, clock: Clock
) -> None:
    api_key.current()
    for _ in range(100):
        api_key.refresh()
    assert vault.asked == 2

    clock.now += COOL_DOWN_S
    api_key.refresh()

    assert vault.asked == 3


def test_with_the_vault_down_the_last_good_key_serves_on_for_a_day(
    api_key: ApiKey, vault: Vault, clock: Clock, stale: list[str]
) -> None:
    api_key.current()
    vault.down = True
    clock.now += STALE_S

    assert api_key.current().api_key == OLD
    assert stale == ["stale"]


def test_after_a_day_the_vaults_outage_is_ours(api_key: ApiKey, vault: Vault, clock: Clock) -> None:
    api_key.current()
    vault.down = True
    clock.now += STALE_S + 1

    with pytest.raises(OperatorError) as caught:
        api_key.current()
    assert caught.value.row is Rows.SECRETS_MANAGER_UNAVAILABLE


def test_a_failed_first_read_is_tried_again_by_the_next_request(
    api_key: ApiKey, vault: Vault
) -> None:
    vault.down = True
    with pytest.raises(OperatorError):
        api_key.current()

    vault.down = False

    assert api_key.current().api_key == OLD


def test_a_key_older_than_its_environments_sleep_is_read_again(
    api_key: ApiKey, vault: Vault, clock: Clock
) -> None:
    api_key.current()
    vault.value = NEW
    clock.wall += MAX_AGE_S

    assert api_key.current().api_key == NEW


def test_with_the_vault_down_it_is_left_alone_for_a_while(
    api_key: ApiKey, vault: Vault, clock: Clock, stale: list[str]
) -> None:
    api_key.current()
    vault.down = True
    clock.now += MAX_AGE_S
    for _ in range(100):
        api_key.current()
    assert vault.asked == 2
    assert len(stale) == 100

    clock.now += REST_S
    vault.down = False
    vault.value = NEW

    assert api_key.current().api_key == NEW


def test_a_key_refused_while_the_vault_is_down_does_not_serve_on(
    api_key: ApiKey, vault: Vault, clock: Clock
) -> None:
    api_key.current()
    vault.down = True
    for _ in range(3):
        with pytest.raises(OperatorError) as caught:
            api_key.refresh()
        assert caught.value.row is Rows.SECRETS_MANAGER_UNAVAILABLE
    assert vault.asked == 2

    clock.now += REST_S
    vault.down = False
    vault.value = NEW

    assert api_key.refresh().api_key == NEW


def test_two_rotations_in_a_row_are_both_found(api_key: ApiKey, vault: Vault) -> None:
    api_key.current()
    vault.value = NEW
    assert api_key.refresh().api_key == NEW

    vault.value = "sk-test-newest"

    assert api_key.refresh().api_key == "sk-test-newest"


@pytest.mark.parametrize(
    "value",
    [
        "<your key>",
        "${OPENAI_API_KEY}",
        "sk-...",
        "sk-xxxxxxxx",
        "changeme",
        "REPLACE_ME",
        "your-api-key-here",
        "sk-your-key",
        '{"api_key": "REPLACE-WITH-KEY"}',
    ],
)
def test_a_placeholder_is_called_one(api_key: ApiKey, vault: Vault, value: str) -> None:
    vault.value = value

    with pytest.raises(OperatorError) as caught:
        api_key.current()

    assert caught.value.row is Rows.API_KEY_UNAVAILABLE
    assert caught.value.reason == "The OpenAI API key: the secret still holds a placeholder."


@pytest.mark.parametrize("value", ["sk-test-1", "sk-1234", "0123456789abcdef", "key"])
def test_a_short_key_of_another_make_is_no_placeholder(
    api_key: ApiKey, vault: Vault, value: str
) -> None:
    vault.value = f"{value}7\n"

    assert api_key.current().api_key == f"{value}7"


@pytest.mark.parametrize(
    "value", ["canary with blanks", '{"key": "canary"}', '["canary"', "canary\nx"]
)
def test_no_frame_of_a_traceback_holds_an_unusable_secret(
    api_key: ApiKey, vault: Vault, value: str
) -> None:
    vault.value = value

    with pytest.raises(OperatorError) as caught:
        api_key.current()

    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    ours = [frame for part in _chain(shown) for frame in part.stack if "broker" in frame.filename]
    assert ours
    assert not any("canary" in text for frame in ours for text in (frame.locals or {}).values())


def _chain(shown: traceback.TracebackException | None) -> list[traceback.TracebackException]:
    return [] if shown is None else [shown, *_chain(shown.__cause__ or shown.__context__)]


def test_the_key_is_not_pickled(api_key: ApiKey) -> None:
    api_key.current()

    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(api_key)


def test_nothing_that_holds_the_key_shows_it(api_key: ApiKey) -> None:
    credentials = api_key.current()

    assert OLD not in f"{api_key!r} {credentials!r} {credentials} {[credentials]}"
