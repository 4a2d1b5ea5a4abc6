import pytest

from broker.quota_windows import Limits
from broker.settings import Settings

ENVIRONMENT = {
    "SERVICE_NAME": "stack",
    "OPENAI_API_KEY_SECRET_ID": "key",
    "OPENAI_BASE_URL": "https://api.openai.com/v1",
    "OPENAI_AUTH_HEADER": "auto",
    "UNKNOWN_FIELDS": "reject",
    "SAFETY_PEPPER_SECRET_ID": "pepper",
    "MCP_SECRETS_PREFIX": "stack/mcp/",
    "QUOTA_TABLE_NAME": "table",
    "QUOTA_PER_MINUTE": "10",
    "QUOTA_PER_DAY": "100",
    "QUOTA_PER_STACK_PER_DAY": "0",
    "QUOTA_FAILURE_MODE": "closed",
}


def test_the_environment_becomes_one_value() -> None:
    settings = Settings.from_env(ENVIRONMENT)

    assert settings.quota_limits == Limits(per_minute=10, per_day=100, per_stack_per_day=0)
    assert settings.quota_failure_mode == "closed"
    assert settings.upstream_is_openai


@pytest.mark.parametrize("name", ENVIRONMENT.keys() - {"OPENAI_AUTH_HEADER"})
def test_a_missing_variable_is_named(name: str) -> None:
    rest = {each: value for each, value in ENVIRONMENT.items() if each != name}

    with pytest.raises(KeyError, match=name):
        Settings.from_env(rest)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENAI_BASE_URL", "ftp://api.openai.com"),
        ("OPENAI_BASE_URL", "http://api.openai.com/v1"),
        ("OPENAI_BASE_URL", "https://user@api.openai.com/v1"),
        ("OPENAI_BASE_URL", "https://api.openai.com/v1?x=y"),
        ("UNKNOWN_FIELDS", "drop"),
        ("QUOTA_PER_MINUTE", ""),
        ("QUOTA_PER_MINUTE", "-1"),
        ("QUOTA_PER_DAY", "1.5"),
        ("QUOTA_PER_DAY", "many"),
        ("QUOTA_PER_STACK_PER_DAY", "\u0661"),
        ("QUOTA_FAILURE_MODE", "ajar"),
    ],
)
def test_a_value_that_cannot_work_is_named(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        Settings.from_env({**ENVIRONMENT, name: value})
