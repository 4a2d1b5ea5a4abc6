"""Ways to let a bad version take over, or to keep a good one out."""

from tests.template.mutations.registry import Source, breaks, properties


@breaks("a_new_version_is_tried_first")
def a_version_that_takes_over_at_once(source: Source) -> None:
    preference = properties(source, "ClientSecretsFunction")["DeploymentPreference"]
    preference["Type"] = "Linear10PercentEvery1Minute"
    source["Outputs"]["Rollout"] = {"Description": "How", "Value": {"Ref": "Rollout"}}


@breaks("only_a_new_version_can_stop_its_own_rollout")
def a_rollout_that_nothing_stops(source: Source) -> None:
    del properties(source, "ClientSecretsFunction")["DeploymentPreference"]["Alarms"]


@breaks("only_a_new_version_can_stop_its_own_rollout")
def an_alarm_of_the_old_version(source: Source) -> None:
    del properties(source, "NewVersionCrashedAlarm")["Dimensions"][2]


@breaks("only_a_new_version_can_stop_its_own_rollout")
def an_alarm_that_is_still_raised_for_the_version_before(source: Source) -> None:
    name = {"Fn::Sub": "${AWS::StackName}-new-version-crashed"}
    properties(source, "NewVersionCrashedAlarm")["AlarmName"] = name


@breaks("code_deploy_has_a_role_of_its_own")
def a_role_that_lambda_may_assume(source: Source) -> None:
    document = properties(source, "RolloutRole")["AssumeRolePolicyDocument"]
    document["Statement"][0]["Principal"] = {"Service": "lambda.amazonaws.com"}


@breaks("snap_start_is_as_asked_for")
def snap_start_for_everybody(source: Source) -> None:
    properties(source, "ClientSecretsFunction")["SnapStart"] = {"ApplyOn": "PublishedVersions"}
    source["Outputs"]["Snaps"] = {
        "Description": "Whether versions start from a snapshot",
        "Condition": "UsesSnapStart",
        "Value": {"Ref": "SnapStart"},
    }
