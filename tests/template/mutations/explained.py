"""Ways to lose a key, and ways to leave the operator without an explanation."""

from tests.template.mutations.registry import Source, breaks, properties


@breaks("keys_and_data_outlive_the_stack")
def a_key_that_is_deleted_with_the_stack(source: Source) -> None:
    del source["Resources"]["OpenAIApiKey"]["DeletionPolicy"]


@breaks("keys_and_data_outlive_the_stack")
def a_key_that_is_deleted_when_replaced(source: Source) -> None:
    del source["Resources"]["OpenAIApiKey"]["UpdateReplacePolicy"]


@breaks("keys_and_data_outlive_the_stack")
def a_key_with_a_fixed_name(source: Source) -> None:
    properties(source, "OpenAIApiKey")["Name"] = "openai-api-key"


@breaks("the_api_key_is_not_in_the_template")
def a_key_in_the_template(source: Source) -> None:
    properties(source, "OpenAIApiKey")["SecretString"] = "sk-canary"


@breaks("every_reference_resolves")
def a_reference_to_nothing(source: Source) -> None:
    source["Outputs"]["EndpointUrl"]["Value"] = {"Fn::Sub": "${HttpApi.Endpoint}"}


@breaks("every_reference_resolves")
def a_reference_to_what_is_not_always_there(source: Source) -> None:
    source["Outputs"]["Authorizer"] = {
        "Description": "Only there with AuthMode=JWT",
        "Value": {"Ref": "JwtAuthorizer"},
    }


@breaks("every_reference_resolves")
def a_wait_for_nothing(source: Source) -> None:
    source["Resources"]["HttpApiStage"]["DependsOn"] = "Nothing"


@breaks("everything_is_described")
def an_undescribed_parameter(source: Source) -> None:
    del source["Parameters"]["AuthMode"]["Description"]


@breaks("everything_is_described")
def an_undescribed_function(source: Source) -> None:
    del properties(source, "ClientSecretsFunction")["Description"]


@breaks("everything_is_described")
def an_undescribed_output(source: Source) -> None:
    del source["Outputs"]["BaseUrl"]["Description"]


@breaks("every_parameter_is_constrained")
def a_parameter_that_takes_anything(source: Source) -> None:
    del source["Parameters"]["JwtScope"]["AllowedPattern"]


@breaks("every_parameter_is_constrained")
def a_parameter_that_must_be_given(source: Source) -> None:
    source["Parameters"]["JwtScope"].pop("Default")


@breaks("every_parameter_has_an_effect")
def a_parameter_without_effect(source: Source) -> None:
    source["Parameters"]["Colour"] = {
        "Description": "None yet",
        "Type": "String",
        "Default": "red",
        "AllowedValues": ["red"],
    }
