import itertools
from pathlib import Path

import pytest

from tests.template.cloudformation import MAIN, ROTATION, read, resolve
from tests.template.rules import RULES

SOURCE = read()
JWT = {
    "AuthMode": "JWT",
    "JwtIssuer": "https://issuer.example/",
    "JwtAudience": "web,phone",
    "JwtScope": "realtime",
}
# Every choice that adds, removes or rewires a resource; `itertools.product` combines them.
CHOICES: list[dict[str, dict[str, str]]] = [
    {"iam": {}, "jwt": JWT},
    {"no-origin": {}, "origins": {"AllowedOrigins": "https://a.example,http://localhost:5173"}},
    {"no-console": {}, "console": {"Console": "true"}},
    {
        "unreserved": {},
        "reserved": {"ReservedConcurrency": "10"},
        "stopped": {"ReservedConcurrency": "0"},
    },
    {
        "defaults": {},
        "others": {
            "OpenAIBaseUrl": "https://eu.api.openai.com/v1",
            "UnknownFields": "forward",
            "LogRetentionDays": "365",
            "ThrottleRate": "500",
            "ThrottleBurst": "1000",
        },
        "all-on": {
            "SnapStart": "on",
            "Rollout": "AllAtOnce",
            "AlarmTopicArn": "arn:aws:sns:us-east-1:111122223333:on-call",
            "Dashboard": "true",
            "OpenAIBaseUrl": "https://my-resource.openai.azure.com/openai/v1",
            "OpenAIAuthHeader": "api-key",
            "QuotaPerMinute": "0",
            "QuotaPerDay": "0",
            "QuotaPerStackPerDay": "0",
        },
    },
]
REQUIRED = {
    "OpenAIApiKeyArn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:OpenAIApiKey-AbCdEf",
    "OpenAIProjectId": "proj_AbC123",
}
PARAMETER_SETS = {
    MAIN: {
        "-".join(names): {
            name: value
            for choices, chosen in zip(CHOICES, names, strict=True)
            for name, value in choices[chosen].items()
        }
        for names in itertools.product(*CHOICES)
    },
    ROTATION: {
        "rotation": REQUIRED,
        "rotation-others": REQUIRED
        | {
            "OpenAIBaseUrl": "https://eu.api.openai.com/v1",
            "OpenAIAdminBaseUrl": "https://gateway.example/openai/v1",
            "TestModel": "gpt-realtime-mini",
            "RotationDays": "7",
            "KeyLifetimeDays": "15",
            "AlarmTopicArn": "arn:aws:sns:us-east-1:111122223333:on-call",
            "LogRetentionDays": "365",
        },
        "rotation-daily": REQUIRED | {"RotationDays": "1", "KeyLifetimeDays": "365"},
        "rotation-yearly": REQUIRED | {"RotationDays": "365"},
    },
}
STACKS = {
    (template, name): resolve(read(template), parameters)
    for template, sets in PARAMETER_SETS.items()
    for name, parameters in sets.items()
}


@pytest.mark.parametrize(
    ("template", "rule", "parameters"),
    [
        pytest.param(template, rule, parameters, id=f"{rule}-{parameters}")
        for template, parameters in STACKS
        for rule in RULES[template]
    ],
)
def test_the_template_keeps_the_rule(template: Path, rule: str, parameters: str) -> None:
    assert list(RULES[template][rule](STACKS[template, parameters])) == []


@pytest.mark.parametrize(
    ("template", "parameters"), STACKS, ids=[parameters for _, parameters in STACKS]
)
def test_cloudformation_accepts_the_parameters(template: Path, parameters: str) -> None:
    assert STACKS[template, parameters].refused == []


@pytest.mark.parametrize("missing", ["JwtIssuer", "JwtAudience", "JwtScope"])
def test_a_jwt_stack_without_one_of_its_parameters_is_refused(missing: str) -> None:
    parameters = {name: value for name, value in JWT.items() if name != missing}

    assert resolve(SOURCE, parameters).refused == [f"AuthMode=JWT needs {missing}"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AuthMode", "NONE"),
        ("AuthMode", ""),
        ("JwtIssuer", "http://issuer.example"),
        ("JwtIssuer", "issuer.example"),
        ("JwtAudience", "web, phone"),
        ("JwtAudience", "web,"),
        ("JwtScope", "a b"),
        ("AllowedOrigins", "*"),
        ("AllowedOrigins", "https://*"),
        ("AllowedOrigins", "null"),
        ("AllowedOrigins", "http://a.example"),
        ("AllowedOrigins", "https://a.example/"),
        ("AllowedOrigins", "https://a.example,*"),
        ("OpenAIBaseUrl", ""),
        ("OpenAIBaseUrl", "http://api.openai.com/v1"),
        ("OpenAIBaseUrl", "https://user:word@api.openai.com/v1"),
        ("OpenAIBaseUrl", "https://api.openai.com/v1?a=b"),
        ("Console", "yes"),
        ("UnknownFields", "ignore"),
        ("ReservedConcurrency", "-1"),
        ("ReservedConcurrency", "none"),
        ("SnapStart", "true"),
        ("Rollout", "Linear10PercentEvery1Minute"),
        ("Dashboard", "yes"),
        ("AlarmTopicArn", "on-call"),
        ("AlarmTopicArn", "arn:aws:sns:us-east-1:111122223333:on-call.fifo"),
        ("OpenAIAuthHeader", "bearer"),
        ("LogRetentionDays", "2"),
        ("ThrottleRate", "0"),
        ("ThrottleBurst", "0"),
    ],
)
def test_a_value_that_cannot_work_is_refused(name: str, value: str) -> None:
    assert resolve(SOURCE, {name: value}).refused != []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JwtIssuer", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"),
        ("JwtIssuer", "https://tenant.eu.auth0.com/"),
        ("JwtAudience", "https://api.example/"),
        ("JwtAudience", "api://default"),
        ("JwtScope", "https://api.example/realtime:mint"),
        ("AllowedOrigins", "https://app.example"),
        ("AllowedOrigins", "https://app.example:8443,http://127.0.0.1:3000"),
        ("OpenAIBaseUrl", "https://my-resource.openai.azure.com/openai/v1"),
        ("OpenAIBaseUrl", "https://gateway.example:8443/openai/v1/"),
        ("ReservedConcurrency", "1000"),
    ],
)
def test_a_value_that_people_use_is_accepted(name: str, value: str) -> None:
    assert resolve(SOURCE, {name: value}).refused == []


@pytest.mark.parametrize("missing", REQUIRED)
def test_a_rotation_without_one_of_its_parameters_is_refused(missing: str) -> None:
    parameters = {name: value for name, value in REQUIRED.items() if name != missing}

    assert resolve(read(ROTATION), parameters).refused == [f"{missing} cannot be ''"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OpenAIApiKeyArn", "OpenAIApiKey"),
        ("OpenAIApiKeyArn", "arn:aws:secretsmanager:us-east-1:111122223333:secret:OpenAIApiKey"),
        ("OpenAIApiKeyArn", "arn:aws:secretsmanager:us-east-1:111122223333:secret:*"),
        ("OpenAIApiKeyArn", "arn:aws:ssm:us-east-1:111122223333:parameter/OpenAIApiKey-AbCdEf"),
        ("OpenAIProjectId", "Default project"),
        ("OpenAIProjectId", "org-AbC123"),
        ("OpenAIBaseUrl", "http://api.openai.com/v1"),
        ("OpenAIAdminBaseUrl", "https://user:word@api.openai.com/v1"),
        ("TestModel", ""),
        ("KeyLifetimeDays", "-1"),
        ("KeyLifetimeDays", "366"),
        ("RotationDays", "0"),
        ("RotationDays", "366"),
        ("AlarmTopicArn", "on-call"),
        ("LogRetentionDays", "2"),
    ],
)
def test_a_value_that_no_rotation_can_have_is_refused(name: str, value: str) -> None:
    refused = resolve(read(ROTATION), REQUIRED | {name: value}).refused

    assert refused == [f"{name} cannot be {value!r}"]


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:OpenAIApiKey-Zy8xW7vU6t-1aB2cD",
        "arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:team/openai+key=1@prod-1aB2cD",
    ],
)
def test_a_secret_of_any_name_is_rotated(arn: str) -> None:
    assert resolve(read(ROTATION), REQUIRED | {"OpenAIApiKeyArn": arn}).refused == []


def test_a_stack_without_parameters_takes_signed_requests_only() -> None:
    routes = resolve(SOURCE).of_type("AWS::ApiGatewayV2::Route").values()

    assert [route["AuthorizationType"] for route in routes] == ["AWS_IAM"] * 4
