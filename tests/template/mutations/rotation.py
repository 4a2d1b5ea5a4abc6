"""Ways to rotate when nobody asked, to give the admin key away, and to fail in silence."""

import copy

from tests.template.cloudformation import ROTATION
from tests.template.mutations.registry import Source, breaks, properties, statements


@breaks("a_deployment_never_rotates", ROTATION)
def a_rotation_on_deployment(source: Source) -> None:
    properties(source, "RotationSchedule")["RotateImmediatelyOnUpdate"] = True


@breaks("a_deployment_never_rotates", ROTATION)
def a_rotation_on_deployment_that_nobody_wrote(source: Source) -> None:
    del properties(source, "RotationSchedule")["RotateImmediatelyOnUpdate"]


@breaks("the_key_is_rotated_as_often_as_asked_for", ROTATION)
def no_rotation(source: Source) -> None:
    del source["Resources"]["RotationSchedule"]
    source["Outputs"]["Interval"] = {"Description": "Days", "Value": {"Ref": "RotationDays"}}


@breaks("the_key_is_rotated_as_often_as_asked_for", ROTATION)
def a_rotation_of_the_admin_key(source: Source) -> None:
    properties(source, "RotationSchedule")["SecretId"] = {"Ref": "AdminApiKey"}


@breaks("the_key_is_rotated_as_often_as_asked_for", ROTATION)
def a_rotation_every_thirty_days_whatever_was_asked(source: Source) -> None:
    properties(source, "RotationSchedule")["RotationRules"] = {"AutomaticallyAfterDays": "30"}


@breaks("the_key_is_rotated_as_often_as_asked_for", ROTATION)
def a_rotation_by_another_function(source: Source) -> None:
    properties(source, "RotationSchedule")["RotationLambdaARN"] = {
        "Fn::Sub": "arn:aws:lambda:us-east-1:111122223333:function:SecretsManagerRotation"
    }


@breaks("secrets_manager_alone_may_invoke_the_rotation", ROTATION)
def a_schedule_without_the_permission(source: Source) -> None:
    del source["Resources"]["RotationSchedule"]["DependsOn"]


@breaks("secrets_manager_alone_may_invoke_the_rotation", ROTATION)
def a_permission_for_other_accounts(source: Source) -> None:
    del properties(source, "RotateApiKeyPermission")["SourceAccount"]


@breaks("secrets_manager_alone_may_invoke_the_rotation", ROTATION)
def a_permission_for_other_secrets(source: Source) -> None:
    del properties(source, "RotateApiKeyPermission")["SourceArn"]


@breaks("secrets_manager_alone_may_invoke_the_rotation", ROTATION)
def a_permission_for_another_service(source: Source) -> None:
    other = copy.deepcopy(source["Resources"]["RotateApiKeyPermission"])
    other["Properties"]["Principal"] = "events.amazonaws.com"
    source["Resources"]["AnotherPermission"] = other


@breaks("the_rotation_may_do_what_its_steps_need_and_no_more", ROTATION)
def a_rotation_that_cannot_finish(source: Source) -> None:
    del statements(source, "RotateApiKeyRole")[3]


@breaks("the_rotation_may_do_what_its_steps_need_and_no_more", ROTATION)
def a_rotation_that_may_write_the_admin_key(source: Source) -> None:
    statements(source, "RotateApiKeyRole").append(
        {
            "Effect": "Allow",
            "Action": "secretsmanager:PutSecretValue",
            "Resource": {"Ref": "AdminApiKey"},
        }
    )


@breaks("the_rotation_may_do_what_its_steps_need_and_no_more", ROTATION)
def a_role_for_other_services(source: Source) -> None:
    document = properties(source, "RotateApiKeyRole")["AssumeRolePolicyDocument"]
    document["Statement"][0]["Principal"] = {"Service": "ec2.amazonaws.com"}


@breaks("the_function_outwaits_a_new_key", ROTATION)
def a_rotation_that_gives_up_first(source: Source) -> None:
    properties(source, "RotateApiKeyFunction")["Timeout"] = 60


@breaks("only_the_rotation_reads_the_admin_key", ROTATION)
def an_admin_key_for_whoever_may_read_secrets(source: Source) -> None:
    del source["Resources"]["AdminApiKeyPolicy"]


@breaks("only_the_rotation_reads_the_admin_key", ROTATION)
def an_admin_key_that_is_allowed_instead_of_denied(source: Source) -> None:
    statement = properties(source, "AdminApiKeyPolicy")["ResourcePolicy"]["Statement"][0]
    statement["Effect"] = "Allow"
    statement["Principal"] = {"AWS": {"Fn::GetAtt": ["RotateApiKeyRole", "Arn"]}}


@breaks("only_the_rotation_reads_the_admin_key", ROTATION)
def an_admin_key_for_the_whole_account(source: Source) -> None:
    statement = properties(source, "AdminApiKeyPolicy")["ResourcePolicy"]["Statement"][0]
    statement["Condition"] = {
        "StringNotEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}
    }


@breaks("only_the_rotation_reads_the_admin_key", ROTATION)
def an_admin_key_that_nobody_reads(source: Source) -> None:
    del properties(source, "AdminApiKeyPolicy")["ResourcePolicy"]["Statement"][0]["Condition"]


@breaks("only_the_rotation_reads_the_admin_key", ROTATION)
def an_admin_key_that_may_be_made_public(source: Source) -> None:
    properties(source, "AdminApiKeyPolicy")["BlockPublicPolicy"] = False


@breaks("only_the_rotation_reads_the_admin_key", ROTATION)
def an_admin_key_that_outlives_its_policy(source: Source) -> None:
    del source["Resources"]["AdminApiKeyPolicy"]["DeletionPolicy"]


@breaks("failed_rotations_are_seen", ROTATION)
def a_failure_that_is_not_listed(source: Source) -> None:
    properties(source, "RotationFailedRule")["EventPattern"]["detail"]["eventName"].remove(
        "RotationAbandoned"
    )


@breaks("failed_rotations_are_seen", ROTATION)
def a_rule_that_matches_api_calls(source: Source) -> None:
    pattern = properties(source, "RotationFailedRule")["EventPattern"]
    pattern["detail-type"] = ["AWS API Call via CloudTrail"]


@breaks("failed_rotations_are_seen", ROTATION)
def a_rule_that_looks_where_the_events_say_nothing(source: Source) -> None:
    detail = properties(source, "RotationFailedRule")["EventPattern"]["detail"]
    detail["requestParameters"] = detail.pop("additionalEventData")


@breaks("failed_rotations_are_seen", ROTATION)
def a_rule_for_every_secret_of_the_account(source: Source) -> None:
    del properties(source, "RotationFailedRule")["EventPattern"]["detail"]["additionalEventData"]


@breaks("failed_rotations_are_seen", ROTATION)
def a_rule_that_is_off(source: Source) -> None:
    properties(source, "RotationFailedRule")["State"] = "DISABLED"


@breaks("failed_rotations_are_seen", ROTATION)
def a_rule_on_a_bus_that_aws_does_not_tell(source: Source) -> None:
    properties(source, "RotationFailedRule")["EventBusName"] = "audit"


@breaks("failed_rotations_are_seen", ROTATION)
def failures_that_are_not_seen_without_a_trail(source: Source) -> None:
    properties(source, "RotationStepFailedAlarm")["MetricName"] = "Throttles"


@breaks("failed_rotations_are_seen", ROTATION)
def two_alarms_on_the_function_and_none_on_the_rule(source: Source) -> None:
    alarm = properties(source, "RotationFailedAlarm")
    alarm["Namespace"], alarm["MetricName"] = "AWS/Lambda", "Errors"
    alarm["Dimensions"] = [{"Name": "FunctionName", "Value": {"Ref": "RotateApiKeyFunction"}}]


@breaks("one_failure_is_enough_to_raise_an_alarm", ROTATION)
def an_alarm_that_waits_for_a_second_failure(source: Source) -> None:
    properties(source, "RotationStepFailedAlarm")["DatapointsToAlarm"] = 2


@breaks("one_failure_is_enough_to_raise_an_alarm", ROTATION)
def an_alarm_that_is_over_before_anybody_looks(source: Source) -> None:
    properties(source, "RotationFailedAlarm")["EvaluationPeriods"] = 1


@breaks("one_failure_is_enough_to_raise_an_alarm", ROTATION)
def an_alarm_that_looks_back_further_than_cloudwatch(source: Source) -> None:
    properties(source, "AdminKeyExpiringAlarm")["EvaluationPeriods"] = 8


@breaks("failures_are_kept_as_evidence", ROTATION)
def events_that_nobody_keeps(source: Source) -> None:
    del properties(source, "RotationFailedRule")["Targets"]


@breaks("failures_are_kept_as_evidence", ROTATION)
def events_that_are_kept_for_four_days(source: Source) -> None:
    del properties(source, "RotationEventsQueue")["MessageRetentionPeriod"]


@breaks("failures_are_kept_as_evidence", ROTATION)
def events_that_are_kept_in_the_clear(source: Source) -> None:
    del properties(source, "RotationEventsQueue")["SqsManagedSseEnabled"]


@breaks("failures_are_kept_as_evidence", ROTATION)
def a_queue_that_any_rule_may_write_to(source: Source) -> None:
    del properties(source, "RotationEventsQueuePolicy")["PolicyDocument"]["Statement"][0][
        "Condition"
    ]


@breaks("the_filter_matches_a_line_that_is_logged", ROTATION)
def a_filter_for_a_line_that_is_never_logged(source: Source) -> None:
    properties(source, "AdminKeyExpiringFilter")["FilterPattern"] = (
        '{ $.message = "admin_key_is_about_to_expire" }'
    )


@breaks("the_filter_matches_a_line_that_is_logged", ROTATION)
def a_filter_of_another_log(source: Source) -> None:
    properties(source, "AdminKeyExpiringFilter")["LogGroupName"] = "/aws/lambda/another"


@breaks("the_filter_matches_a_line_that_is_logged", ROTATION)
def a_filter_that_counts_for_every_stack(source: Source) -> None:
    del properties(source, "AdminKeyExpiringFilter")["MetricTransformations"][0]["Dimensions"]
    del properties(source, "AdminKeyExpiringAlarm")["Dimensions"]


@breaks("the_filter_matches_a_line_that_is_logged", ROTATION)
def a_log_that_names_another_stack(source: Source) -> None:
    variables = properties(source, "RotateApiKeyFunction")["Environment"]["Variables"]
    variables["SERVICE_NAME"] = "rotation"
