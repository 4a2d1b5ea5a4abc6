import pickle

import pytest

from openai_realtime.credentials import Credentials
from rotation.secret import Labels, Value, account_name, is_account_of

ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:OpenAIApiKey-a1b2C3d4E5f6-XyZabc"
VERSION = "0f8fad5b-d9cb-469f-a165-70867728950e"


def test_an_account_has_the_name_of_its_secret_and_version() -> None:
    assert account_name(ARN, VERSION) == f"OpenAIApiKey-a1b2C3d4E5f6-XyZabc-{VERSION}"


def test_what_a_secrets_name_may_hold_and_others_may_not_becomes_a_dash() -> None:
    arn = ARN.replace("OpenAIApiKey", "prod/key_of@team")

    assert account_name(arn, VERSION) == f"prod-key-of-team-a1b2C3d4E5f6-XyZabc-{VERSION}"


def test_an_account_is_known_by_its_name() -> None:
    assert is_account_of(ARN, account_name(ARN, VERSION))
    # Lambda's shortest and longest tokens.
    assert is_account_of(ARN, account_name(ARN, "a" * 32))
    assert is_account_of(ARN, account_name(ARN, "A1-" * 21))


@pytest.mark.parametrize(
    "name",
    [
        "",
        VERSION,
        "OpenAIApiKey-a1b2C3d4E5f6-XyZabc",
        "OpenAIApiKey-a1b2C3d4E5f6-XyZabc-",
        "OpenAIApiKey-a1b2C3d4E5f6-XyZabc-short",
        f"OpenAIApiKey-a1b2C3d4E5f6-XyZabc-{'a' * 65}",
        f"OpenAIApiKey-a1b2C3d4E5f6-XyZabd-{VERSION}",
        f"x-OpenAIApiKey-a1b2C3d4E5f6-XyZabc-{VERSION}",
        f"OpenAIApiKey-a1b2C3d4E5f6-XyZabc-{VERSION} ",
        f"OpenAIApiKey-a1b2C3d4E5f6-XyZabc-{VERSION}\n",
        f"openaiapikey-a1b2c3d4e5f6-xyzabc-{VERSION}",
    ],
)
def test_any_other_name_is_somebody_elses(name: str) -> None:
    assert not is_account_of(ARN, name)


def test_a_label_leads_to_its_version() -> None:
    labels = Labels(ARN, is_rotated=True, stages={"a": ("AWSPREVIOUS",), "b": ("AWSCURRENT", "x")})

    assert labels.version_with("AWSCURRENT") == "b"
    assert labels.version_with("AWSPENDING") is None


def test_a_value_shows_itself_to_nobody() -> None:
    key = "sk-svcacct-canary-0123456789"
    value = Value({"api_key": key, "service_account_id": "svc_1"}, Credentials(key))

    assert key not in f"{value!r} {value} {[value]}"
    assert value.service_account_id == "svc_1"
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(value)


@pytest.mark.parametrize("found", [None, 5, ["svc_1"]])
def test_a_key_put_in_by_hand_is_no_accounts(found: object) -> None:
    value = Value({"api_key": "sk-1", "service_account_id": found}, Credentials("sk-1"))

    assert value.service_account_id is None
