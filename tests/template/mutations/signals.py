"""Ways to have an alarm that is never raised, or that nobody understands."""

from tests.template.mutations.registry import Source, breaks, properties


@breaks("alarms_watch_what_exists")
def an_alarm_on_a_metric_that_is_never_written(source: Source) -> None:
    properties(source, "NewVersionFailedAlarm")["MetricName"] = "InternalErrors"


@breaks("alarms_watch_what_exists")
def an_alarm_on_another_stacks_metric(source: Source) -> None:
    properties(source, "NewVersionFailedAlarm")["Dimensions"][0]["Value"] = "prod"


@breaks("alarms_watch_what_exists")
def an_alarm_on_the_name_that_rest_apis_use(source: Source) -> None:
    alarm = properties(source, "NewVersionCrashedAlarm")
    alarm["Namespace"], alarm["MetricName"] = "AWS/ApiGateway", "5XXError"


@breaks("the_dashboard_shows_what_exists")
def a_dashboard_for_everybody(source: Source) -> None:
    del source["Resources"]["OperationsDashboard"]["Condition"]
    source["Outputs"]["Board"] = {
        "Description": "Whether there is a dashboard",
        "Condition": "HasDashboard",
        "Value": {"Ref": "Dashboard"},
    }


@breaks("alarms_are_calm_without_data_and_tell_the_topic")
def an_alarm_where_nobody_calls(source: Source) -> None:
    properties(source, "NewVersionCrashedAlarm")["TreatMissingData"] = "breaching"


@breaks("alarms_are_calm_without_data_and_tell_the_topic")
def an_alarm_that_tells_nobody(source: Source) -> None:
    properties(source, "NewVersionCrashedAlarm")["AlarmActions"] = ["arn:aws:sns:::other"]


@breaks("every_alarm_has_an_entry_in_the_runbook")
def an_alarm_without_an_entry(source: Source) -> None:
    name = {"Fn::Sub": "${AWS::StackName}-something-happened-1"}
    properties(source, "NewVersionFailedAlarm")["AlarmName"] = name


@breaks("parts_get_what_they_ask_for")
def a_part_that_is_given_what_it_does_not_know(source: Source) -> None:
    properties(source, "Alarms")["Parameters"]["Colour"] = "red"
