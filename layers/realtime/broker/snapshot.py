"""SnapStart: what must not be in the snapshot that every environment of a version starts from.

Nothing that is made at import holds a credential, a socket or a moment; each is got when it is
first needed. The hooks make sure of it, whatever comes to be done at import later, and give every
environment a randomness of its own. Without SnapStart the runtime never calls them.

Source: "Handling uniqueness with Lambda SnapStart" and "Runtime hooks for Python", AWS Lambda.
"""

import os
import random
import ssl
from collections.abc import Callable

from snapshot_restore_py import register_after_restore, register_before_snapshot

_SEED_BYTES = 32


def leave_out(*forget: Callable[[], object]) -> None:
    """Call each of *forget* before a snapshot is taken, and begin afresh after a restore."""
    for each in forget:
        register_before_snapshot(each)
    register_after_restore(renew_randomness)


def renew_randomness() -> None:
    """Seed what computes random numbers in this process: botocore's jitter, and OpenSSL.

    `os.urandom`, `secrets` and `SystemRandom`, which draw the client's own jitter and every uuid,
    ask the kernel and need nothing.
    """
    random.seed(os.urandom(_SEED_BYTES))
    ssl.RAND_add(os.urandom(_SEED_BYTES), _SEED_BYTES)
