"""Ways to lose track of who minted what, or to read what is not this stack's."""

from tests.template.mutations.registry import Source, breaks, properties, statement


@breaks("the_pepper_is_made_once_and_stays")
def a_pepper_that_is_made_anew(source: Source) -> None:
    properties(source, "SafetyPepper")["GenerateSecretString"]["PasswordLength"] = 65


@breaks("the_pepper_is_made_once_and_stays")
def a_pepper_that_is_rotated(source: Source) -> None:
    source["Resources"]["Rotation"] = {
        "Type": "AWS::SecretsManager::RotationSchedule",
        "Properties": {"SecretId": {"Ref": "SafetyPepper"}},
    }


@breaks("keys_and_data_outlive_the_stack")
def counts_that_go_with_the_stack(source: Source) -> None:
    del source["Resources"]["QuotaTable"]["DeletionPolicy"]


@breaks("counts_are_kept_as_they_are_written")
def a_table_that_refuses_a_busy_hour(source: Source) -> None:
    properties(source, "QuotaTable")["BillingMode"] = "PROVISIONED"


@breaks("counts_are_kept_as_they_are_written")
def a_table_with_another_key(source: Source) -> None:
    properties(source, "QuotaTable")["KeySchema"] = [{"AttributeName": "pk", "KeyType": "HASH"}]


@breaks("counts_are_kept_as_they_are_written")
def counts_that_stay_for_ever(source: Source) -> None:
    del properties(source, "QuotaTable")["TimeToLiveSpecification"]


@breaks("a_function_reads_the_secrets_of_this_stack_alone")
def every_secret_whose_name_begins_like_the_stacks(source: Source) -> None:
    statement(source, 0)["Resource"] = {
        "Fn::Sub": "arn:aws:secretsmanager:us-east-1:111122223333:secret:${AWS::StackName}*"
    }


@breaks("saved_queries_read_the_ledger")
def a_query_of_another_log(source: Source) -> None:
    properties(source, "RefusalsQuery")["LogGroupNames"] = ["/aws/lambda/another"]


@breaks("saved_queries_read_the_ledger")
def a_query_that_two_stacks_would_share(source: Source) -> None:
    properties(source, "WhoMintedQuery")["Name"] = "client secrets by caller"
