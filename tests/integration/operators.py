"""The shell of an operator: `make`, with moto for AWS and a `sam` that only records."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from local.aws import LocalAws
from local.openai_standin import OpenAIStandIn

ROOT = Path(__file__).parents[2]
NAME = "test-operate"
GROUP = f"/aws/lambda/{NAME}/client-secrets"
# With SAM_MAKES, a template, it deploys that.
RECORDING_SAM = f"""#!{sys.executable}
import json, os, sys
with open(os.environ["RECORD"], "a") as record:
    print(json.dumps(sys.argv[1:]), file=record)
template = os.environ.get("SAM_MAKES")
if template and sys.argv[1] == "deploy":
    import boto3
    name = sys.argv[sys.argv.index("--stack-name") + 1]
    boto3.client("cloudformation").create_stack(StackName=name, TemplateBody=template)
sys.exit(int(os.environ.get("SAM_STATUS", "0")))
"""


@dataclass
class Operator:
    """A shell with a stack, or without one."""

    environment: dict[str, str]
    record: Path
    endpoint: OpenAIStandIn

    def make(
        self, *arguments: str, typed: str = "", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", "-s", *arguments],
            cwd=ROOT,
            env=self.environment | variables,
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @property
    def sam(self) -> list[list[str]]:
        return [json.loads(line) for line in self.record.read_text().splitlines()]


def shell(aws: LocalAws, openai: OpenAIStandIn, folder: Path) -> Operator:
    """A shell in which nothing is deployed."""
    sam = folder / "sam"
    sam.write_text(RECORDING_SAM)
    sam.chmod(sam.stat().st_mode | stat.S_IXUSR)
    (folder / "record").touch()
    # What the `make` that runs these tests was given is not for the ones they run.
    ours = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    ours.pop("ARGS", None)
    environment = {
        **ours,
        **aws.environment(),
        "AWS_ENDPOINT_URL": aws.url,
        "STACK": NAME,
        "SAM": str(sam),
        "RECORD": str(folder / "record"),
    }
    return Operator(environment, folder / "record", openai)


def minting(aws: LocalAws, openai: OpenAIStandIn) -> dict[str, Any]:
    """A template with what the commands look for in the stack that mints."""
    return {
        "Parameters": {
            "OpenAIBaseUrl": {"Type": "String", "Default": "https://eu.api.openai.com/v1"},
            "AlarmTopicArn": {"Type": "String", "Default": ""},
            "LogRetentionDays": {"Type": "Number", "Default": 7},
            "QuotaPerDay": {"Type": "Number", "Default": 100},
        },
        "Resources": {
            # moto makes no secret by CloudFormation.
            "QuotaTable": {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {
                    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                    "BillingMode": "PAY_PER_REQUEST",
                },
            },
            "Topic": {"Type": "AWS::SNS::Topic"},
        },
        "Outputs": {
            "OpenAIApiKeyArn": {"Value": aws.put_secret(f"{NAME}/key", None)},
            "EndpointUrl": {"Value": f"{openai.base_url}/realtime/client_secrets"},
            "ClientSecretsLogGroupName": {"Value": GROUP},
            "ClientSecretsFunctionName": {"Value": NAME},
        },
    }


@contextmanager
def deployed(aws: LocalAws, name: str, template: dict[str, Any]) -> Iterator[None]:
    """A stack for the length of a `with` block."""
    cloudformation = client("cloudformation", aws)
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    yield
    cloudformation.delete_stack(StackName=name)


def client(service: Any, aws: LocalAws) -> Any:
    return boto3.client(
        service,
        endpoint_url=aws.url,
        region_name="us-east-1",
        aws_access_key_id="LOCALTEST",
        aws_secret_access_key="local-test",
    )
