import pytest

from rotation.settings import Settings

WHOLE = {
    "SERVICE_NAME": "prod-rotation",
    "OPENAI_API_KEY_SECRET_ID": "arn:aws:secretsmanager:us-east-1:111122223333:secret:Key-AbCdEf",
    "ADMIN_API_KEY_SECRET_ID": "arn:aws:secretsmanager:us-east-1:111122223333:secret:Adm-AbCdEf",
    "OPENAI_PROJECT_ID": "proj_1",
    "OPENAI_BASE_URL": "https://eu.api.openai.com/v1/",
    "OPENAI_ADMIN_BASE_URL": "https://api.openai.com/v1",
    "TEST_MODEL": "gpt-realtime-2.1",
    "KEY_LIFETIME_DAYS": "0",
    "ROTATION_DAYS": "30",
}


def test_every_variable_is_read() -> None:
    settings = Settings.from_env(WHOLE)

    assert settings.openai_base_url == "https://eu.api.openai.com/v1"
    assert (settings.rotation_days, settings.key_lifetime_days) == (30, 0)


@pytest.mark.parametrize("name", WHOLE)
def test_a_missing_variable_is_named(name: str) -> None:
    with pytest.raises(KeyError, match=name):
        Settings.from_env({key: value for key, value in WHOLE.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENAI_BASE_URL", "http://api.openai.com/v1"),
        ("OPENAI_ADMIN_BASE_URL", "http://api.openai.com/v1"),
        ("OPENAI_ADMIN_BASE_URL", "https://user:word@api.openai.com/v1"),
        ("OPENAI_ADMIN_BASE_URL", "api.openai.com"),
        ("KEY_LIFETIME_DAYS", "-1"),
        ("ROTATION_DAYS", "monthly"),
        ("ROTATION_DAYS", ""),
    ],
)
def test_a_value_that_cannot_work_is_named(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} must"):
        Settings.from_env({**WHOLE, name: value})


@pytest.mark.parametrize("days", ["1", "59", "60"])
def test_a_key_outlives_the_interval_after_its_own(days: str) -> None:
    with pytest.raises(ValueError, match="KEY_LIFETIME_DAYS must be 0, or more than twice"):
        Settings.from_env({**WHOLE, "KEY_LIFETIME_DAYS": days})


@pytest.mark.parametrize(("days", "seconds"), [("0", None), ("61", 61 * 86_400)])
def test_a_lifetime_of_0_is_none(days: str, seconds: int | None) -> None:
    assert Settings.from_env({**WHOLE, "KEY_LIFETIME_DAYS": days}).key_lifetime_s == seconds
