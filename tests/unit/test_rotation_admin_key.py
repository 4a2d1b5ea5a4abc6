import pytest

from openai_realtime.admin import AdminApiKey
from rotation.admin_key import expires_at, expires_too_soon

KEY = "sk-admin-canary-0123456789-xyz"
DAY_S = 86_400


@pytest.mark.parametrize(
    "redacted",
    ["sk-admin...xyz", "sk-admin-****xyz", "sk-admin-…-xyz", "sk-a*xyz", f"{KEY[:-4]}...xyz"],
)
def test_our_key_is_known_by_its_ends(redacted: str) -> None:
    assert expires_at([AdminApiKey("key_1", redacted, 7)], KEY) == 7


@pytest.mark.parametrize("redacted", ["sk-admin...abc", "sk-proj...xyz", KEY, "", "sk-admin"])
def test_another_key_is_not_ours(redacted: str) -> None:
    assert expires_at([AdminApiKey("key_1", redacted, 7)], KEY) is None


def test_of_several_that_look_like_ours_the_first_to_end_counts() -> None:
    ends = (None, 9, 7, 8)
    keys = [AdminApiKey(f"key_{end}", "sk-admin...xyz", end) for end in ends]

    assert expires_at(keys, KEY) == 7


def test_a_key_that_does_not_end_has_no_end() -> None:
    assert expires_at([AdminApiKey("key_1", "sk-admin...xyz", None)], KEY) is None
    assert expires_at([], KEY) is None


@pytest.mark.parametrize(("days", "is_too_soon"), [(-1, True), (59, True), (60, False)])
def test_one_rotation_is_left_to_replace_it(days: int, *, is_too_soon: bool) -> None:
    found = expires_too_soon(1000 + days * DAY_S, now=1000.0, rotation_days=30)

    assert found == is_too_soon
