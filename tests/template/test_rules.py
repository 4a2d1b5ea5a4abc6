import itertools

import pytest

from tests.template.cloudformation import read, resolve
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
PARAMETER_SETS = {
    "-".join(names): {
        name: value
        for choices, chosen in zip(CHOICES, names, strict=True)
        for name, value in choices[chosen].items()
    }
    for names in itertools.product(*CHOICES)
}
STACKS = {name: resolve(SOURCE, parameters) for name, parameters in PARAMETER_SETS.items()}


@pytest.mark.parametrize("parameters", PARAMETER_SETS)
@pytest.mark.parametrize("rule", RULES)
def test_the_template_keeps_the_rule(rule: str, parameters: str) -> None:
    assert list(RULES[rule](STACKS[parameters])) == []


@pytest.mark.parametrize("parameters", PARAMETER_SETS)
def test_cloudformation_accepts_the_parameters(parameters: str) -> None:
    assert STACKS[parameters].refused == []


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


def test_a_stack_without_parameters_takes_signed_requests_only() -> None:
    routes = resolve(SOURCE).of_type("AWS::ApiGatewayV2::Route").values()

    assert [route["AuthorizationType"] for route in routes] == ["AWS_IAM"] * 4
