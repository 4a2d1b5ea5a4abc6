"""Rules about the API: its routes, who gets in, what it allows browsers and what it logs."""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from tests.template.cloudformation import MAIN, ROTATION, Stack
from tests.template.rules.registry import rule

MINTING_ROUTES = {
    "POST /v1/realtime/client_secrets",
    "POST /v1/realtime/translations/client_secrets",
    "POST /{profile}/v1/realtime/client_secrets",
    "POST /{profile}/v1/realtime/translations/client_secrets",
}
# Open by design. A route gets here with a decision in docs/decisions.md, never to make a test pass.
OPEN_ROUTES = {"GET /", "GET /console/{file}"}
# The only function that an open route may lead to, and that may do nothing.
OPEN_FUNCTION = "ConsoleFunction"
_QUALIFIED = re.compile(r"arn:aws:lambda:[^:]+:\d+:function:[^:]+:live")
_LOGGED = re.compile(
    r"\$context\.(request(Id|Time)|identity\.sourceIp|routeKey|status|response\w+"
    r"|error\.responseType|authorizer\.error|integration(Status|Latency))"
)


@rule(MAIN)
def the_routes_are_those_listed(stack: Stack) -> Iterator[str]:
    keys = [route["RouteKey"] for route in stack.of_type("AWS::ApiGatewayV2::Route").values()]
    expected = MINTING_ROUTES | (OPEN_ROUTES if stack.parameters["Console"] == "true" else set())
    yield from (f"missing: {key}" for key in expected - set(keys))
    yield from (f"not listed: {key}" for key in set(keys) - expected)
    yield from (f"twice: {key}" for key in set(keys) if keys.count(key) > 1)


@rule(MAIN)
def no_minting_route_is_open(stack: Stack) -> Iterator[str]:
    authorizers = stack.of_type("AWS::ApiGatewayV2::Authorizer")
    for name, route in stack.of_type("AWS::ApiGatewayV2::Route").items():
        if route["RouteKey"] in OPEN_ROUTES or route.get("AuthorizationType") == "AWS_IAM":
            continue
        if route.get("AuthorizationType") != "JWT":
            yield f"{name} asks for no credentials"
        elif route.get("AuthorizerId") not in authorizers:
            yield f"{name} has no authorizer"
        elif not all(route.get("AuthorizationScopes") or [""]):
            yield f"{name} asks for no scope, so any ID token would pass"


@rule(MAIN)
def the_authorizer_is_the_one_that_was_asked_for(stack: Stack) -> Iterator[str]:
    expected = {"IAM": "AWS_IAM", "JWT": "JWT"}[stack.parameters["AuthMode"]]
    scopes = [stack.parameters["JwtScope"]]
    for name, route in stack.of_type("AWS::ApiGatewayV2::Route").items():
        # A route without any credentials is `no_minting_route_is_open`'s business.
        if route.get("AuthorizationType") in {"AWS_IAM", "JWT"} - {expected}:
            yield f"{name} takes {route['AuthorizationType']}, not {expected}"
        if expected == "JWT" and route.get("AuthorizationScopes", scopes) != scopes:
            yield f"{name} asks for another scope than JwtScope"
    for name, authorizer in stack.of_type("AWS::ApiGatewayV2::Authorizer").items():
        jwt = authorizer["JwtConfiguration"]
        expected_audience = stack.parameters["JwtAudience"].split(",")
        if (jwt["Issuer"], jwt["Audience"]) != (stack.parameters["JwtIssuer"], expected_audience):
            yield f"{name} does not check JwtIssuer and JwtAudience"


@rule(MAIN, ROTATION)
def there_is_no_other_way_in(stack: Stack) -> Iterator[str]:
    for name, resource in stack.resources.items():
        if resource["Type"] in ("AWS::Lambda::Url", "AWS::Lambda::EventSourceMapping"):
            yield f"{name} reaches a function past the API"
        if resource["Type"].startswith(("AWS::ApiGateway::", "AWS::ElasticLoadBalancing")):
            yield f"{name} is another front door"
    for name, api in stack.of_type("AWS::ApiGatewayV2::Api").items():
        # Each of these makes routes of its own.
        for shortcut in {"Body", "BodyS3Location", "RouteKey", "Target"} & api.keys():
            yield f"{name} makes routes by {shortcut}"


@rule(MAIN)
def functions_are_reached_through_their_alias_alone(stack: Stack) -> Iterator[str]:
    for name, integration in stack.of_type("AWS::ApiGatewayV2::Integration").items():
        if not _QUALIFIED.search(integration["IntegrationUri"]):
            yield f"{name} calls {integration['IntegrationUri']}"
    for name, permission in stack.of_type("AWS::Lambda::Permission").items():
        if not _QUALIFIED.fullmatch(permission["FunctionName"]):
            yield f"{name} is for {permission['FunctionName']}"


@rule(MAIN)
def permissions_name_their_caller(stack: Stack) -> Iterator[str]:
    apis = stack.of_type("AWS::ApiGatewayV2::Api")
    for name, permission in stack.of_type("AWS::Lambda::Permission").items():
        source = permission.get("SourceArn", "")
        if not permission["Principal"].endswith(".amazonaws.com") or not source.startswith("arn:"):
            yield f"{name} lets anybody in"
        elif permission["Principal"] == "apigateway.amazonaws.com" and not any(
            _is_for(source, api, open_function=OPEN_FUNCTION in permission["FunctionName"])
            for api in apis
        ):
            yield f"{name} lets another API, or another method, in"


@rule(MAIN)
def the_api_may_call_what_its_routes_lead_to(stack: Stack) -> Iterator[str]:
    integrations = stack.of_type("AWS::ApiGatewayV2::Integration")
    permissions = stack.of_type("AWS::Lambda::Permission").values()
    for name, route in stack.of_type("AWS::ApiGatewayV2::Route").items():
        # Any other route is `the_routes_are_those_listed`'s business.
        if route["RouteKey"] not in MINTING_ROUTES | OPEN_ROUTES:
            continue
        target = integrations[route["Target"].removeprefix("integrations/")]["IntegrationUri"]
        call = f"{route['ApiId']}/$default/{route['RouteKey'].replace(' ', '')}"
        if not any(
            _same_function(permission["FunctionName"], target)
            # ARNs are compared with the wildcards of a shell, in which `*` passes a slash too.
            and fnmatchcase(call, permission.get("SourceArn", "*").split(":")[-1])
            for permission in permissions
        ):
            yield f"{name} would answer 500: the API may not call its function"


@rule(MAIN)
def open_routes_lead_to_a_function_that_may_do_nothing(stack: Stack) -> Iterator[str]:
    integrations = stack.of_type("AWS::ApiGatewayV2::Integration")
    for name, route in stack.of_type("AWS::ApiGatewayV2::Route").items():
        target = integrations[route["Target"].removeprefix("integrations/")]["IntegrationUri"]
        if (route["RouteKey"] in OPEN_ROUTES) != (OPEN_FUNCTION in target):
            yield f"{name} leads to {target}"
        if route["RouteKey"] in OPEN_ROUTES and route.get("AuthorizationType") != "NONE":
            yield f"{name} asks for credentials, which a page cannot send"
    role = stack.of_type("AWS::IAM::Role").get(OPEN_FUNCTION.replace("Function", "Role"), {})
    for policy in role.get("Policies", []):
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Action"] not in ("logs:CreateLogStream", "logs:PutLogEvents"):
                yield f"the console may {statement['Action']}"


@rule(MAIN)
def origins_are_named(stack: Stack) -> Iterator[str]:
    origins = [origin for origin in stack.parameters["AllowedOrigins"] if origin]
    for name, api in stack.of_type("AWS::ApiGatewayV2::Api").items():
        cors = api.get("CorsConfiguration", {})
        if cors.get("AllowOrigins", []) != origins:
            yield f"{name} allows {cors.get('AllowOrigins')}, not {origins}"
        listed = cors.get("AllowHeaders", []) + cors.get("ExposeHeaders", [])
        if "*" in listed + cors.get("AllowMethods", []) or cors.get("AllowCredentials"):
            yield f"{name} allows more than it names"


@rule(MAIN)
def stages_are_throttled_and_logged(stack: Stack) -> Iterator[str]:
    for name, stage in stack.of_type("AWS::ApiGatewayV2::Stage").items():
        settings = stage.get("DefaultRouteSettings", {})
        if not settings.get("ThrottlingRateLimit") or not settings.get("ThrottlingBurstLimit"):
            yield f"{name} is not throttled"
        if "DestinationArn" not in stage.get("AccessLogSettings", {}):
            yield f"{name} has no access log"


@rule(MAIN)
def the_access_log_names_nobody(stack: Stack) -> Iterator[str]:
    for name, stage in stack.of_type("AWS::ApiGatewayV2::Stage").items():
        fields = json.loads(stage.get("AccessLogSettings", {}).get("Format", "{}"))
        for field, variable in fields.items():
            if not _LOGGED.fullmatch(variable):
                yield f"{name} logs {variable} as {field}"


def _same_function(one: str, other: str) -> bool:
    # Whether both are qualified is `functions_are_reached_through_their_alias_alone`'s business.
    return one in other or other in one


def _is_for(source: str, api: str, *, open_function: bool) -> bool:
    called = source.split(":")[-1]
    if open_function:
        return called in (f"{api}/*/GET/", f"{api}/*/GET/console/*")
    return called.startswith(f"{api}/*/POST/")
