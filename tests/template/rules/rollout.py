"""Rules about how a new version takes over."""

from collections.abc import Iterator

from tests.template.cloudformation import MAIN, Stack
from tests.template.rules.registry import rule
from tests.template.rules.signals import alarms, watched


@rule(MAIN)
def a_new_version_is_tried_first(stack: Stack) -> Iterator[str]:
    groups = stack.of_type("AWS::CodeDeploy::DeploymentGroup")
    group = groups.get("ClientSecretsFunctionDeploymentGroup", {})
    expected = f"CodeDeployDefault.Lambda{stack.parameters['Rollout']}"
    if group.get("DeploymentConfigName") != expected:
        yield f"a new version takes over by {group.get('DeploymentConfigName')}, not {expected}"
    rollback = group.get("AutoRollbackConfiguration", {})
    if not rollback.get("Enabled") or "DEPLOYMENT_STOP_ON_ALARM" not in rollback.get("Events", []):
        yield "an alarm does not bring the old version back"
    alias = stack.resources["ClientSecretsFunctionAliaslive"]
    if "CodeDeployLambdaAliasUpdate" not in alias.get("UpdatePolicy", {}):
        yield "the alias moves at once"


@rule(MAIN)
def only_a_new_version_can_stop_its_own_rollout(stack: Stack) -> Iterator[str]:
    version = {"ExecutedVersion": "1", "version": "1"}.items()
    known = {alarm["AlarmName"]: alarm for alarm in alarms(stack).values()}
    for group in stack.of_type("AWS::CodeDeploy::DeploymentGroup").values():
        names = [each["Name"] for each in group.get("AlarmConfiguration", {}).get("Alarms", [])]
        if not names:
            yield "no alarm brings the old version back"
        for name in names:
            if not name.endswith("-1"):
                yield f"{name} stays raised from one version to the next"
            for _, _, dimensions in watched(known.get(name, {})):
                if not version & dimensions.items():
                    yield f"{name} may be raised by the old version, or by OpenAI"


@rule(MAIN)
def code_deploy_has_a_role_of_its_own(stack: Stack) -> Iterator[str]:
    for name, group in stack.of_type("AWS::CodeDeploy::DeploymentGroup").items():
        role = stack.of_type("AWS::IAM::Role").get("RolloutRole", {})
        if group["ServiceRoleArn"] != "arn:aws:iam::111122223333:role/minting-RolloutRole":
            yield f"{name} runs as {group['ServiceRoleArn']}"
        trusted = role.get("AssumeRolePolicyDocument", {}).get("Statement", [{}])[0]
        if trusted.get("Principal") != {"Service": "codedeploy.amazonaws.com"}:
            yield "RolloutRole is not CodeDeploy's"


@rule(MAIN)
def snap_start_is_as_asked_for(stack: Stack) -> Iterator[str]:
    expected = {"on": "PublishedVersions", "off": "None"}[stack.parameters["SnapStart"]]
    function = stack.of_type("AWS::Lambda::Function")["ClientSecretsFunction"]
    if function.get("SnapStart") != {"ApplyOn": expected}:
        yield f"SnapStart is {function.get('SnapStart')}"
