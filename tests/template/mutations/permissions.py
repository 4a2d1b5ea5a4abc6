"""Ways to allow a function too much."""

from tests.template.mutations.registry import Source, breaks, properties, statement


@breaks("no_statement_has_a_bare_star")
def a_bare_star_as_resource(source: Source) -> None:
    statement(source, 0)["Resource"] = "*"


@breaks("no_statement_has_a_bare_star")
def a_bare_star_as_action(source: Source) -> None:
    statement(source, 0)["Action"] = "*"


@breaks("no_statement_has_a_bare_star")
def every_action_of_a_service(source: Source) -> None:
    statement(source, 1)["Action"] = "logs:*"


@breaks("no_statement_has_a_bare_star")
def everything_in_the_account(source: Source) -> None:
    statement(source, 1)["Resource"] = "arn:aws:logs:us-east-1:111122223333:*"


@breaks("each_statement_is_one_action_on_named_resources")
def two_actions_in_a_statement(source: Source) -> None:
    statement(source, 1)["Action"] = ["logs:CreateLogStream", "logs:PutLogEvents"]


@breaks("each_statement_is_one_action_on_named_resources")
def all_but_one_resource(source: Source) -> None:
    statement(source, 0)["NotResource"] = statement(source, 0).pop("Resource")


@breaks("every_function_has_a_role_of_its_own")
def a_function_with_the_role_that_sam_makes(source: Source) -> None:
    del properties(source, "ClientSecretsFunction")["Role"]


@breaks("every_function_has_a_role_of_its_own")
def a_role_with_a_managed_policy(source: Source) -> None:
    properties(source, "ClientSecretsRole")["ManagedPolicyArns"] = [
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    ]
