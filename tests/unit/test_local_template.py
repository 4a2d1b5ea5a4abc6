"""What the local stack reads out of template.yaml, and what it says about variables."""

from pathlib import Path
from typing import Any

import pytest

from local.functions import functions_of
from local.parameters import VariableError, parameters_from, variable_of
from local.routes import Route, match, routes_of
from local.settings import STANDIN_API_KEY, Settings
from local.template import Template, read_template

SOURCE = read_template()


def template(**shell: str) -> Template:
    return Template(SOURCE, parameters_from(shell, SOURCE))


def resolve(value: Any, **parameters: Any) -> Any:
    source = {"Resources": {}, "Conditions": {"IsA": {"Fn::Equals": [{"Ref": "P"}, "a"]}}}
    return Template(source, parameters).resolve(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "P"}, "a"),
        ({"Fn::If": ["IsA", "yes", "no"]}, "yes"),
        ({"Fn::Not": [{"Condition": "IsA"}]}, False),
        ({"Fn::And": [{"Condition": "IsA"}, {"Fn::Equals": ["x", "y"]}]}, False),
        ({"Fn::Or": [{"Condition": "IsA"}, {"Fn::Equals": ["x", "y"]}]}, True),
        ({"Fn::Join": ["-", ["x", {"Ref": "P"}]]}, "x-a"),
        ({"Fn::Split": [",", "x,y"]}, ["x", "y"]),
        ({"Fn::Select": [1, ["x", "y"]]}, "y"),
        ({"Fn::Sub": "${P}/${AWS::StackName}/${!Literal}"}, "a/local/${Literal}"),
        ({"Fn::Sub": ["${Own}", {"Own": {"Ref": "P"}}]}, "a"),
        ({"Fn::GetAtt": ["Thing", "Arn"]}, "Thing.Arn"),
        ({"kept": 1, "gone": {"Ref": "AWS::NoValue"}}, {"kept": 1}),
        ([1, {"Ref": "AWS::NoValue"}], [1]),
    ],
    ids=str,
)
def test_intrinsic_functions(value: Any, expected: Any) -> None:
    assert resolve(value, P="a") == expected


def test_the_functions_variables_are_the_templates() -> None:
    function = functions_of(template(UNKNOWN_FIELDS="forward"), {})["ClientSecretsFunction"]

    assert function.environment["SERVICE_NAME"] == "local"
    assert function.environment["OPENAI_API_KEY_SECRET_ID"] == "local/OpenAIApiKey"
    assert function.environment["OPENAI_BASE_URL"] == "https://api.openai.com/v1"
    assert function.environment["UNKNOWN_FIELDS"] == "forward"


def test_the_functions_path_is_its_code_then_its_layers() -> None:
    function = functions_of(template(), {})["ClientSecretsFunction"]

    root = Path(__file__).parents[2]
    expected = ("functions/client_secrets", "layers/dependencies", "layers/realtime")
    assert function.code == tuple(root / each for each in expected)
    assert function.timeout_s == 12


def test_routes_ask_for_what_the_parameters_say() -> None:
    jwt = template(
        AUTH_MODE="JWT", JWT_ISSUER="https://i.example.com", JWT_AUDIENCE="a", JWT_SCOPE="s"
    )

    assert {(route.authorization, route.scopes) for route in routes_of(template())} == {
        ("AWS_IAM", ())
    }
    assert {(route.authorization, route.scopes) for route in routes_of(jwt)} == {("JWT", ("s",))}


MINT = "/v1/realtime/client_secrets"


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("POST", MINT, f"POST {MINT}", {}),
        ("POST", f"/x{MINT}", f"POST /{{p}}{MINT}", {"p": "x"}),
        ("POST", f"/a%20b{MINT}", f"POST /{{p}}{MINT}", {"p": "a b"}),
        ("GET", MINT, "ANY /{rest+}", {"rest": MINT[1:]}),
        ("GET", "/fixed", "GET /fixed", {}),
    ],
)
def test_the_most_specific_route_is_taken(
    method: str, path: str, key: str, parameters: dict[str, str]
) -> None:
    keys = ("ANY /{rest+}", "GET /{p}", "GET /fixed", f"POST /{{p}}{MINT}", f"POST {MINT}")

    found = match([Route(each, "F") for each in keys], method, path)

    assert found is not None
    assert (found[0].key, found[1]) == (key, parameters)


@pytest.mark.parametrize("path", [f"{MINT}/", f"/{MINT}", MINT.title(), "/", f"/a/b{MINT}"])
def test_a_path_that_is_nearly_right_takes_no_route(path: str) -> None:
    routes = [Route(f"POST {MINT}", "F"), Route(f"POST /{{p}}{MINT}", "F")]

    assert match(routes, "POST", path) is None


@pytest.mark.parametrize(
    ("parameter", "variable"),
    [
        ("AuthMode", "AUTH_MODE"),
        ("OpenAIBaseUrl", "OPENAI_BASE_URL"),
        ("QuotaPerStackPerDay", "QUOTA_PER_STACK_PER_DAY"),
    ],
)
def test_a_parameter_is_an_upper_case_variable(parameter: str, variable: str) -> None:
    assert variable_of(parameter) == variable


@pytest.mark.parametrize(
    ("shell", "said"),
    [
        ({"AUTH_MODE": "foo"}, "AUTH_MODE=foo: must be one of IAM, JWT"),
        ({"UNKNOWN_FIELDS": "maybe"}, "UNKNOWN_FIELDS=maybe: must be one of reject, forward"),
        ({"THROTTLE_RATE": "fast"}, "THROTTLE_RATE=fast: must be a number"),
        ({"THROTTLE_RATE": "0"}, "THROTTLE_RATE=0: must be at least 1"),
        ({"THROTTLE_BURST": "99999"}, "THROTTLE_BURST=99999: must be at most 5000"),
        ({"ALLOWED_ORIGINS": "*"}, "ALLOWED_ORIGINS=*: must be https origins"),
        ({"PORT": "http"}, "PORT=http: must be a port number"),
        ({"PORT": "70000"}, "PORT=70000: must be a port number"),
        ({"ISSUER_PORT": "-1"}, "ISSUER_PORT=-1: must be a port number"),
        ({"OPENAI_BASE_URL": "api.openai.com/v1"}, "OPENAI_BASE_URL=api.openai.com/v1: must be"),
        ({"OPENAI_BASE_URL": "http://proxy.example.com"}, "must begin with https://"),
        ({"OPENAI_BASE_URL": "http://localhost:port/v1"}, "is not a URL"),
        ({"OPENAI_BASE_URL": "http://localhost/v1?x=1"}, "without credentials, query or fragment"),
        ({"OPENAI_BASE_URL": "https://eu.example.com/v1"}, "OPENAI_API_KEY is needed"),
        (
            {"AUTH_MODE": "JWT", "JWT_ISSUER": "https://i.example.com", "JWT_SCOPE": "s"},
            "JWT_AUDIENCE is needed",
        ),
    ],
    ids=str,
)
def test_a_value_that_cannot_be_used_is_one_line(shell: dict[str, str], said: str) -> None:
    with pytest.raises(VariableError) as refused:
        Settings.from_shell(shell, SOURCE)

    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_password_in_a_url_is_not_repeated() -> None:
    with pytest.raises(VariableError) as refused:
        Settings.from_shell({"OPENAI_BASE_URL": "https://me:canary@example.com/v1"}, SOURCE)

    assert "canary" not in str(refused.value)


def test_with_neither_key_nor_base_url_openai_is_a_stand_in() -> None:
    settings = Settings.from_shell({}, SOURCE)

    assert settings.starts_standin
    assert settings.openai_api_key == STANDIN_API_KEY


def test_with_a_key_openai_itself_is_called() -> None:
    settings = Settings.from_shell({"OPENAI_API_KEY": "sk-test-canary"}, SOURCE)

    assert not settings.starts_standin
    assert settings.openai_api_key == "sk-test-canary"
    assert "canary" not in repr(settings)


def test_a_base_url_on_this_machine_needs_no_key() -> None:
    settings = Settings.from_shell({"OPENAI_BASE_URL": "http://127.0.0.1:8080/v1"}, SOURCE)

    assert not settings.starts_standin
    assert settings.openai_api_key == STANDIN_API_KEY
    assert settings.parameters["OpenAIBaseUrl"] == "http://127.0.0.1:8080/v1"


def test_organization_and_project_go_into_the_secret() -> None:
    shell = {"OPENAI_API_KEY": "sk-test-canary", "OPENAI_PROJECT_ID": "proj_test"}

    secret = Settings.from_shell(shell, SOURCE).openai_api_key

    assert secret == '{"api_key": "sk-test-canary", "project": "proj_test"}'


def test_an_empty_variable_is_not_set() -> None:
    empty = dict.fromkeys(["AUTH_MODE", "OPENAI_API_KEY", "OPENAI_BASE_URL", "PORT"], "")

    assert Settings.from_shell(empty, SOURCE) == Settings.from_shell({}, SOURCE)
