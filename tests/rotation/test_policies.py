"""The rotation's role against what the function asks of AWS: nothing missing, nothing unused."""

import json

from rotation.settings import Settings
from tests.raw_server import Request
from tests.rotation.scene import Scene, operation
from tests.template.cloudformation import ROTATION, read, resolve

GIVEN = {
    "OpenAIApiKeyArn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:OpenAIApiKey-AbCdEf",
    "OpenAIProjectId": "proj_test",
}
STACK = resolve(read(ROTATION), GIVEN)
# Lambda itself makes them in the role's name, to write the log; no code of ours does.
LAMBDAS_OWN = {"logs:CreateLogStream", "logs:PutLogEvents"}


def allowed() -> set[tuple[str, str]]:
    """Action and resource of every statement; none has a condition, or it would have to be met."""
    [role] = STACK.of_type("AWS::IAM::Role").values()
    [policy] = role["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    assert not any("Condition" in each for each in statements)
    return {
        (each["Action"], each["Resource"])
        for each in statements
        if each["Action"] not in LAMBDAS_OWN
    }


def deployed(scene: Scene, request: Request) -> tuple[str, str]:
    """What the call is in a deployed stack."""
    [function] = STACK.of_type("AWS::Lambda::Function").values()
    variables = function["Environment"]["Variables"]
    settings: Settings = scene.app.settings
    resources = {
        settings.api_key_secret_id: variables["OPENAI_API_KEY_SECRET_ID"],
        settings.admin_api_key_secret_id: variables["ADMIN_API_KEY_SECRET_ID"],
    }
    secret_id = json.loads(request.body)["SecretId"]
    return f"secretsmanager:{operation(request)}", resources[secret_id]


def test_every_call_of_two_rotations_is_allowed_and_every_statement_is_used(scene: Scene) -> None:
    scene.rotate()
    scene.rotate()
    scene.check()

    calls = {deployed(scene, request) for request in scene.to_aws.requests}

    assert len(calls) == 5
    assert calls == allowed()
