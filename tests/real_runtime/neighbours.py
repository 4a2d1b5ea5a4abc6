"""What stands around the function: the local AWS with its secrets, and OpenAI's stand-in."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from local.aws import NOWHERE, LocalAws
from local.functions import functions_of
from local.openai_standin import OpenAIStandIn
from local.parameters import parameters_from
from local.template import Template, read_template

API_KEY = "sk-test-canary-0123456789abcdef"
PEPPER = "canary-test-pepper-" + "0" * 45
FUNCTION = "ClientSecretsFunction"
# One caller's thousands of requests; the quota has tests of its own.
WITHOUT_QUOTA = {"QuotaPerMinute": 0, "QuotaPerDay": 0, "QuotaPerStackPerDay": 0}


class Neighbours:
    """The neighbours for the length of a `with` block.

    Args:
        lambda_url: Where Secrets Manager finds rotation functions.

    Attributes:
        aws: Secrets Manager and DynamoDB.
        openai: The stand-in; accepts `API_KEY`.
    """

    def __init__(self, *, lambda_url: str = NOWHERE) -> None:
        self.aws = LocalAws(lambda_url=lambda_url)
        self.openai = OpenAIStandIn()

    def __enter__(self) -> Self:
        self.openai.__enter__()
        self.aws.__enter__()
        self.put_key(API_KEY)
        template = self._template({})
        self.aws.put_secret(template.resolve({"Ref": "SafetyPepper"}), PEPPER)
        for name, properties in template.resources("AWS::DynamoDB::Table").items():
            self.aws.create_table(template.resolve({"Ref": name}), properties)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.aws.__exit__(kind, error, trace)
        self.openai.__exit__(kind, error, trace)

    def put_key(self, value: str) -> None:
        """Give the stack's secret this value, and let OpenAI accept it alone."""
        self.aws.put_secret(self._template({}).resolve({"Ref": "OpenAIApiKey"}), value)
        self.openai.accept_keys(value)

    def environment(
        self, parameters: Mapping[str, Any] | None = None, **variables: str
    ) -> dict[str, str]:
        """The function's variables as template.yaml has them, leading here.

        Args:
            parameters: Values for parameters of the template, beside their defaults; without the
                quota's, nothing is limited.
            variables: Instead of the template's, or beside them.
        """
        template = self._template({**WITHOUT_QUOTA, **(parameters or {})})
        function = functions_of(template, self.aws.environment())[FUNCTION]
        return {**function.environment, **variables}

    def _template(self, parameters: Mapping[str, Any]) -> Template:
        source = read_template()
        given = {**parameters_from({}, source), "OpenAIBaseUrl": self.openai.base_url, **parameters}
        return Template(source, given)
