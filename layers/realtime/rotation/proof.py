"""The proof that a new key works: a client secret of 10 seconds, minted with it."""

import time
from collections.abc import Callable

from openai_realtime.attempt import Clock
from openai_realtime.client import Client
from openai_realtime.client_secrets import ClientSecrets
from openai_realtime.credentials import Credentials, FixedApiKey
from openai_realtime.errors import APIStatusError, AuthenticationError, PermissionDeniedError
from openai_realtime.retries import RetryPolicy
from rotation.errors import ABOUT_NEW_KEY, saying

# Where OpenAI did nothing, another attempt is safe. All else fails the step, and Secrets Manager
# begins again: a service account whose answer was lost is then found by its name.
RETRIES = RetryPolicy(statuses=lambda status: status == 429, after_sending=False)
TIMEOUT_S = 10.0
# A new key is refused until all of OpenAI knows it. How long that takes is documented nowhere.
PATIENCE_S = 90.0
# The wait after the first refusal; each further one is twice as long, up to the greatest.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 8.0
# The least that OpenAI makes.
TTL_S = 10


def prove(
    credentials: Credentials,
    *,
    base_url: str,
    model: str,
    patience_s: float = PATIENCE_S,
    clock: Clock = time,
    on_refused: Callable[[], None] = lambda: None,
) -> None:
    """Mint with *credentials*, as the minting function will; the client secret is dropped.

    Args:
        credentials: Key, organisation and project of the new version.
        base_url: Where the minting function mints.
        model: Of the session; one that the project may use.
        patience_s: For how long a refused key is tried again, seconds.
        clock: Time.
        on_refused: Called before each further attempt.

    Raises:
        RotationError: OpenAI did not mint.
    """
    client = Client(
        FixedApiKey(credentials), base_url=base_url, timeout=TIMEOUT_S, retry_policy=RETRIES
    )
    give_up_at = clock.monotonic() + patience_s
    pause_s = FIRST_PAUSE_S
    with saying("The new key does not mint; it is not made current", advice=ABOUT_NEW_KEY):
        while True:
            try:
                ClientSecrets(client).create(
                    expires_after={"anchor": "created_at", "seconds": TTL_S},
                    session={"type": "realtime", "model": model},
                )
            except (AuthenticationError, PermissionDeniedError) as error:
                if _is_final(error) or clock.monotonic() + pause_s >= give_up_at:
                    raise
            else:
                return
            on_refused()
            clock.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


def _is_final(error: APIStatusError) -> bool:
    """Whether waiting is of no use: the key is known, and the project may not use the model."""
    return error.code == "model_not_found"
