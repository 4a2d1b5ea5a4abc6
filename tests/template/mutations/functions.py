"""Ways to lose a function's logs, variables, versions or answers."""

from tests.template.mutations.registry import Source, breaks, properties


@breaks("every_function_has_a_log_group")
def a_function_with_the_log_group_that_lambda_makes(source: Source) -> None:
    del properties(source, "ClientSecretsFunction")["LoggingConfig"]


@breaks("every_log_group_expires")
def a_log_group_that_never_expires(source: Source) -> None:
    del properties(source, "ClientSecretsLogGroup")["RetentionInDays"]


@breaks("the_variables_are_those_that_are_read")
def a_variable_that_is_missing(source: Source) -> None:
    variables = properties(source, "ClientSecretsFunction")["Environment"]["Variables"]
    del variables["SERVICE_NAME"]


@breaks("the_variables_are_those_that_are_read")
def a_variable_that_nobody_reads(source: Source) -> None:
    variables = properties(source, "ClientSecretsFunction")["Environment"]["Variables"]
    variables["OPENAI_API_KEY"] = "none"


@breaks("the_variables_are_those_that_are_read")
def a_variable_with_an_impossible_value(source: Source) -> None:
    variables = properties(source, "ClientSecretsFunction")["Environment"]["Variables"]
    variables["OPENAI_BASE_URL"] = "ftp://api.openai.com"
    source["Outputs"]["Upstream"] = {"Description": "Upstream", "Value": {"Ref": "OpenAIBaseUrl"}}


@breaks("a_change_publishes_a_version")
def a_parameter_that_the_alias_would_not_notice(source: Source) -> None:
    del properties(source, "ClientSecretsFunction")["VersionDescription"]


@breaks("a_change_publishes_a_version")
def a_layer_that_the_alias_would_not_notice(source: Source) -> None:
    properties(source, "RealtimeLayer")["PublishLambdaVersion"] = False


@breaks("bytecode_is_shipped")
def a_layer_without_bytecode(source: Source) -> None:
    source["Resources"]["RealtimeLayer"]["Metadata"]["BuildMethod"] = "python3.13"


@breaks("whoever_waits_longest_answers_last")
def a_function_that_gives_up_first(source: Source) -> None:
    properties(source, "ClientSecretsFunction")["Timeout"] = 8


@breaks("whoever_waits_longest_answers_last")
def an_integration_that_gives_up_first(source: Source) -> None:
    properties(source, "ClientSecretsIntegration")["TimeoutInMillis"] = 12000
