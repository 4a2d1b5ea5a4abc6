"""Rules about roles and policies."""

from collections.abc import Iterator

from tests.template.cloudformation import MAIN, ROTATION, Stack
from tests.template.rules.registry import listed, rule, statements


@rule(MAIN, ROTATION)
def no_statement_has_a_bare_star(stack: Stack) -> Iterator[str]:
    for name, statement in statements(stack):
        actions = listed(statement.get("Action"))
        targets = listed(statement.get("Resource"))
        # What is denied to everybody is the narrower for it.
        if statement.get("Effect") != "Deny":
            targets = targets + listed(statement.get("Principal"))
        if any("*" in action for action in actions):
            yield f"{name} allows {actions}"
        # `arn:partition:service:region:account:*` is as bare as `*`.
        if any(target.split(":", 5)[-1] == "*" for target in targets):
            yield f"{name} allows {actions} on {targets}"


@rule(MAIN, ROTATION)
def each_statement_is_one_action_on_named_resources(stack: Stack) -> Iterator[str]:
    for name, statement in statements(stack):
        if len(listed(statement.get("Action"))) != 1:
            yield f"{name} has a statement of {listed(statement.get('Action'))}"
        if {"NotAction", "NotResource", "NotPrincipal"} & statement.keys():
            yield f"{name} has a statement about everything else"


@rule(MAIN, ROTATION)
def every_function_has_a_role_of_its_own(stack: Stack) -> Iterator[str]:
    roles = [function.get("Role") for function in stack.of_type("AWS::Lambda::Function").values()]
    ours = {
        f"arn:aws:iam::111122223333:role/minting-{role}" for role in stack.of_type("AWS::IAM::Role")
    }
    for name, function in stack.of_type("AWS::Lambda::Function").items():
        if function.get("Role") not in ours or roles.count(function.get("Role")) > 1:
            yield f"{name} runs as {function.get('Role')}"
    for name, role in stack.of_type("AWS::IAM::Role").items():
        if role.get("ManagedPolicyArns"):
            yield f"{name} has policies that are not written here"
