"""Ways to break in the rotation's template what holds of every template."""

from tests.template.cloudformation import ROTATION
from tests.template.mutations.registry import Source, breaks, properties, statements


@breaks("no_statement_has_a_bare_star", ROTATION)
def a_rotation_of_every_secret(source: Source) -> None:
    statements(source, "RotateApiKeyRole").append(
        {"Effect": "Allow", "Action": "secretsmanager:PutSecretValue", "Resource": "*"}
    )


@breaks("no_statement_has_a_bare_star", ROTATION)
def everything_about_the_secret(source: Source) -> None:
    statements(source, "RotateApiKeyRole").append(
        {
            "Effect": "Allow",
            "Action": "secretsmanager:*",
            "Resource": {"Ref": "OpenAIApiKeyArn"},
        }
    )


@breaks("each_statement_is_one_action_on_named_resources", ROTATION)
def two_actions_of_the_rotation_in_a_statement(source: Source) -> None:
    found = statements(source, "RotateApiKeyRole")
    found[0]["Action"] = [found[0]["Action"], found.pop(1)["Action"]]


@breaks("every_function_has_a_role_of_its_own", ROTATION)
def a_rotation_with_the_role_that_sam_makes(source: Source) -> None:
    del properties(source, "RotateApiKeyFunction")["Role"]


@breaks("there_is_no_other_way_in", ROTATION)
def a_url_that_rotates(source: Source) -> None:
    properties(source, "RotateApiKeyFunction")["FunctionUrlConfig"] = {"AuthType": "AWS_IAM"}


@breaks("keys_and_data_outlive_the_stack", ROTATION)
def an_admin_key_that_is_deleted_with_the_stack(source: Source) -> None:
    del source["Resources"]["AdminApiKey"]["DeletionPolicy"]


@breaks("keys_and_data_outlive_the_stack", ROTATION)
def an_admin_key_with_a_fixed_name(source: Source) -> None:
    properties(source, "AdminApiKey")["Name"] = "openai-admin-api-key"


@breaks("the_api_key_is_not_in_the_template", ROTATION)
def an_admin_key_in_the_template(source: Source) -> None:
    properties(source, "AdminApiKey")["SecretString"] = "sk-admin-canary"


@breaks("every_reference_resolves", ROTATION)
def a_permission_that_is_waited_for_and_not_there(source: Source) -> None:
    source["Resources"]["RotationSchedule"]["DependsOn"] = ["RotateApiKeyPermission", "Nothing"]


@breaks("everything_is_described", ROTATION)
def an_undescribed_rotation(source: Source) -> None:
    del properties(source, "RotateApiKeyFunction")["Description"]


@breaks("every_parameter_is_constrained", ROTATION)
def a_project_that_may_be_anything(source: Source) -> None:
    del source["Parameters"]["OpenAIProjectId"]["AllowedPattern"]


@breaks("every_parameter_is_constrained", ROTATION)
def a_project_that_nobody_is_asked_for(source: Source) -> None:
    source["Parameters"]["OpenAIProjectId"]["Default"] = "proj_of_somebody"


@breaks("every_parameter_is_constrained", ROTATION)
def a_third_parameter_that_must_be_given(source: Source) -> None:
    del source["Parameters"]["TestModel"]["Default"]


@breaks("every_parameter_has_an_effect", ROTATION)
def a_parameter_of_the_rotation_without_effect(source: Source) -> None:
    source["Parameters"]["Colour"] = {
        "Description": "None yet",
        "Type": "String",
        "Default": "red",
        "AllowedValues": ["red"],
    }


@breaks("every_function_has_a_log_group", ROTATION)
def a_rotation_with_the_log_group_that_lambda_makes(source: Source) -> None:
    del properties(source, "RotateApiKeyFunction")["LoggingConfig"]


@breaks("every_log_group_expires", ROTATION)
def a_log_of_rotations_that_never_expires(source: Source) -> None:
    del properties(source, "RotateApiKeyLogGroup")["RetentionInDays"]
    source["Outputs"]["Days"] = {"Description": "Days", "Value": {"Ref": "LogRetentionDays"}}


@breaks("the_variables_are_those_that_are_read", ROTATION)
def a_variable_of_the_rotation_that_is_missing(source: Source) -> None:
    variables = properties(source, "RotateApiKeyFunction")["Environment"]["Variables"]
    del variables["ADMIN_API_KEY_SECRET_ID"]


@breaks("the_variables_are_those_that_are_read", ROTATION)
def a_variable_of_the_rotation_that_nobody_reads(source: Source) -> None:
    variables = properties(source, "RotateApiKeyFunction")["Environment"]["Variables"]
    variables["OPENAI_ADMIN_KEY"] = "none"


@breaks("the_variables_are_those_that_are_read", ROTATION)
def keys_that_end_before_they_are_rotated(source: Source) -> None:
    variables = properties(source, "RotateApiKeyFunction")["Environment"]["Variables"]
    variables["KEY_LIFETIME_DAYS"] = {"Ref": "RotationDays"}
    source["Outputs"]["Life"] = {"Description": "Days", "Value": {"Ref": "KeyLifetimeDays"}}


@breaks("bytecode_is_shipped", ROTATION)
def a_rotation_without_bytecode(source: Source) -> None:
    source["Resources"]["RotateApiKeyFunction"]["Metadata"]["BuildMethod"] = "python3.13"


@breaks("alarms_watch_what_exists", ROTATION)
def an_alarm_on_a_rule_that_is_not_there(source: Source) -> None:
    properties(source, "RotationFailedAlarm")["Dimensions"][0]["Value"] = "minting-RotationRule"


@breaks("alarms_watch_what_exists", ROTATION)
def an_alarm_on_a_bus_that_the_rule_is_not_on(source: Source) -> None:
    properties(source, "RotationFailedAlarm")["Dimensions"].append(
        {"Name": "EventBusName", "Value": "default"}
    )


@breaks("alarms_watch_what_exists", ROTATION)
def an_alarm_on_what_no_filter_counts(source: Source) -> None:
    properties(source, "AdminKeyExpiringAlarm")["MetricName"] = "AdminApiKeyExpired"


@breaks("alarms_watch_what_exists", ROTATION)
def an_alarm_on_another_stacks_admin_key(source: Source) -> None:
    properties(source, "AdminKeyExpiringAlarm")["Dimensions"][0]["Value"] = "prod"


@breaks("alarms_are_calm_without_data_and_tell_the_topic", ROTATION)
def an_alarm_between_rotations(source: Source) -> None:
    properties(source, "RotationStepFailedAlarm")["TreatMissingData"] = "missing"


@breaks("every_alarm_has_an_entry_in_the_runbook", ROTATION)
def an_alarm_of_the_rotation_without_an_entry(source: Source) -> None:
    name = {"Fn::Sub": "${AWS::StackName}-rotation-slow"}
    properties(source, "RotationFailedAlarm")["AlarmName"] = name
