"""Ways to open, or to misuse, the API."""

import copy

from tests.template.mutations.registry import Source, breaks, properties


@breaks("no_minting_route_is_open")
def a_route_without_credentials(source: Source) -> None:
    properties(source, "CreateClientSecretRoute")["AuthorizationType"] = "NONE"


@breaks("no_minting_route_is_open")
def a_route_that_says_nothing_of_credentials(source: Source) -> None:
    del properties(source, "CreateProfileClientSecretRoute")["AuthorizationType"]


@breaks("no_minting_route_is_open")
def a_jwt_route_without_its_authorizer(source: Source) -> None:
    del properties(source, "CreateClientSecretRoute")["AuthorizerId"]


@breaks("no_minting_route_is_open")
def a_jwt_route_without_a_scope(source: Source) -> None:
    del properties(source, "CreateClientSecretRoute")["AuthorizationScopes"]


@breaks("the_routes_are_those_listed")
def a_default_route(source: Source) -> None:
    route = copy.deepcopy(source["Resources"]["CreateClientSecretRoute"])
    route["Properties"]["RouteKey"] = "$default"
    source["Resources"]["DefaultRoute"] = route


@breaks("the_routes_are_those_listed")
def a_route_for_any_method(source: Source) -> None:
    properties(source, "CreateClientSecretRoute")["RouteKey"] = "ANY /v1/realtime/client_secrets"


@breaks("the_routes_are_those_listed")
def a_missing_route(source: Source) -> None:
    del source["Resources"]["CreateProfileTranslationClientSecretRoute"]


@breaks("the_authorizer_is_the_one_that_was_asked_for")
def a_route_that_always_signs(source: Source) -> None:
    route = properties(source, "CreateClientSecretRoute")
    route["AuthorizationType"] = "AWS_IAM"
    del route["AuthorizerId"], route["AuthorizationScopes"]


@breaks("the_authorizer_is_the_one_that_was_asked_for")
def an_authorizer_for_any_audience(source: Source) -> None:
    properties(source, "JwtAuthorizer")["JwtConfiguration"]["Audience"] = []
    source["Outputs"]["Audience"] = {"Description": "Who", "Value": {"Ref": "JwtAudience"}}


@breaks("there_is_no_other_way_in")
def a_function_url(source: Source) -> None:
    properties(source, "ClientSecretsFunction")["FunctionUrlConfig"] = {"AuthType": "AWS_IAM"}


@breaks("there_is_no_other_way_in")
def an_api_with_a_quick_route(source: Source) -> None:
    properties(source, "HttpApi")["RouteKey"] = "POST /mint"


@breaks("functions_are_reached_through_their_alias_alone")
def an_integration_with_the_unqualified_function(source: Source) -> None:
    properties(source, "ClientSecretsIntegration")["IntegrationUri"] = {
        "Fn::GetAtt": ["ClientSecretsFunction", "Arn"]
    }


@breaks("functions_are_reached_through_their_alias_alone")
def a_permission_for_the_unqualified_function(source: Source) -> None:
    properties(source, "ClientSecretsPermission")["FunctionName"] = {"Ref": "ClientSecretsFunction"}


@breaks("permissions_name_their_caller")
def a_permission_for_any_api(source: Source) -> None:
    del properties(source, "ClientSecretsPermission")["SourceArn"]


@breaks("permissions_name_their_caller")
def a_permission_for_any_method(source: Source) -> None:
    properties(source, "ClientSecretsPermission")["SourceArn"] = {
        "Fn::Sub": "arn:aws:execute-api:us-east-1:111122223333:${HttpApi}/*"
    }


@breaks("permissions_name_their_caller")
def a_permission_for_everybody(source: Source) -> None:
    properties(source, "ClientSecretsPermission")["Principal"] = "*"


@breaks("origins_are_named")
def any_origin(source: Source) -> None:
    cors = properties(source, "HttpApi")["CorsConfiguration"]["Fn::If"][1]
    cors["AllowOrigins"] = ["*"]


@breaks("origins_are_named")
def origins_with_cookies(source: Source) -> None:
    cors = properties(source, "HttpApi")["CorsConfiguration"]["Fn::If"][1]
    cors["AllowCredentials"] = True


@breaks("origins_are_named")
def any_header(source: Source) -> None:
    cors = properties(source, "HttpApi")["CorsConfiguration"]["Fn::If"][1]
    cors["AllowHeaders"] = ["*"]


@breaks("stages_are_throttled_and_logged")
def a_stage_without_throttling(source: Source) -> None:
    properties(source, "HttpApiStage")["DefaultRouteSettings"] = {
        "ThrottlingRateLimit": {"Ref": "ThrottleRate"}
    }
    source["Parameters"].pop("ThrottleBurst")


@breaks("stages_are_throttled_and_logged")
def a_stage_without_an_access_log(source: Source) -> None:
    del properties(source, "HttpApiStage")["AccessLogSettings"]


@breaks("the_access_log_names_nobody")
def an_access_log_with_claims(source: Source) -> None:
    properties(source, "HttpApiStage")["AccessLogSettings"]["Format"] = (
        '{"who":"$context.authorizer.claims.email"}'
    )


@breaks("the_access_log_names_nobody")
def an_access_log_with_the_authorizers_context(source: Source) -> None:
    properties(source, "HttpApiStage")["AccessLogSettings"]["Format"] = (
        '{"authorizer":"$context.authorizer"}'
    )


@breaks("the_api_may_call_what_its_routes_lead_to")
def a_permission_for_other_paths(source: Source) -> None:
    properties(source, "ClientSecretsPermission")["SourceArn"] = {
        "Fn::Sub": "arn:aws:execute-api:us-east-1:111122223333:${HttpApi}/*/POST/v1/*"
    }


@breaks("the_routes_are_those_listed")
def a_console_that_nobody_asked_for(source: Source) -> None:
    source["Conditions"]["ServesConsole"] = {"Fn::Equals": [{"Ref": "Console"}, {"Ref": "Console"}]}


@breaks("open_routes_lead_to_a_function_that_may_do_nothing")
def a_console_that_may_read_the_key(source: Source) -> None:
    statements = properties(source, "ConsoleRole")["Policies"][0]["PolicyDocument"]["Statement"]
    statements[0]["Action"] = "secretsmanager:GetSecretValue"
    statements[0]["Resource"] = {"Ref": "OpenAIApiKey"}


@breaks("permissions_name_their_caller")
def a_console_permission_for_every_path(source: Source) -> None:
    properties(source, "ConsolePermission")["SourceArn"] = {
        "Fn::Sub": "arn:aws:execute-api:us-east-1:111122223333:${HttpApi}/*/GET/*"
    }
