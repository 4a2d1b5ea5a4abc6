"""The whole stack on this machine: what template.yaml describes, and the neighbours it needs.

`make run` serves it, `make invoke` sends it one event, and tests use it as it is.
"""

import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from local.authorizers import Authorize, local_caller
from local.aws import LocalAws
from local.cors import Cors
from local.functions import Function, functions_of
from local.gateway import Gateway, Handled, Invoke
from local.iam_authorizer import signed_caller
from local.issuer import AUDIENCE, SCOPE, Issuer
from local.jwt_authorizer import JwtAuthorizer
from local.lambda_api import lambda_api
from local.openai_calls import Calls
from local.openai_standin import OpenAIStandIn
from local.pool import Pool
from local.ports import bind
from local.rotation import FUNCTION, rotation_function
from local.routes import routes_of
from local.running import Running
from local.settings import Settings
from local.template import STACK_NAME, Template, read_template
from local.throttle import Throttle

# This machine is not a region: beyond this many, events wait for their turn.
MAX_ENVIRONMENTS = 8
# Of the secret that holds the OpenAI API key.
KEY_SECRET = f"{STACK_NAME}/OpenAIApiKey"


class LocalStack:
    """The stack for the length of a `with` block.

    Attributes:
        gateway: Where requests go; `gateway.url`.
        aws: The local Secrets Manager and DynamoDB.
        standin: The stand-in for OpenAI, or None when OpenAI itself is called.
        issuer: The token issuer, or None unless `AUTH_MODE=JWT` and no `JWT_ISSUER`.
        pools: The functions' environments, by logical id.
    """

    gateway: Gateway
    aws: LocalAws
    pools: dict[str, Pool]

    def __init__(
        self,
        settings: Settings,
        *,
        log: Callable[[str], None] = print,
        on_handled: Callable[[Handled], None] | None = None,
        template: Mapping[str, Any] | None = None,
        calls: Calls | None = None,
    ) -> None:
        """Nothing is started yet.

        Args:
            settings: From the shell's variables.
            log: Takes the functions' logs, line by line.
            on_handled: Called for every request answered.
            template: Instead of template.yaml.
            calls: Takes the calls that the stand-in's client secrets open.
        """
        self.settings = settings
        self.standin: OpenAIStandIn | None = None
        self.issuer: Issuer | None = None
        self._log = log
        self._on_handled = on_handled
        self._calls = calls
        self._source = read_template() if template is None else template
        self._exits = ExitStack()

    @classmethod
    def from_shell(cls, shell: Mapping[str, str], **options: Any) -> Self:
        """The stack that these variables ask for; any free port unless `PORT` is among them."""
        settings = Settings.from_shell({"PORT": "0", "ISSUER_PORT": "0", **shell}, read_template())
        return cls(settings, **options)

    @property
    def running(self) -> Running:
        """What commands in another terminal have to know."""
        rotation = self.pools.get(FUNCTION)
        return Running(
            pid=os.getpid(),
            aws_url=self.aws.url,
            secret_id=KEY_SECRET,
            rotation_function=rotation.function.arn if rotation else None,
        )

    @property
    def takes_calls(self) -> bool:
        """Whether a client secret opens a call without OpenAI."""
        return self.standin is not None and self._calls is not None

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._exits.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._exits.close()

    def _start(self) -> None:
        template = Template(self._source, {**self.settings.parameters, **self._outside()})
        # Filled when the environments are known; the port is bound first, because it may be taken.
        functions: dict[str, Invoke] = {}
        self.gateway = self._gateway(template, functions)
        functions_api = self._exits.enter_context(lambda_api(functions))
        self.aws = self._exits.enter_context(LocalAws(lambda_url=functions_api.url))
        self.pools = {
            name: self._exits.enter_context(self._pool(template, name, function))
            for name, function in functions_of(template, self.aws.environment()).items()
        }
        # What the first request needs; it imports while the secrets are put in.
        for name in {route.function for route in routes_of(template)}:
            self.pools[name].prewarm()
        self._fill(template)
        if self.standin is not None:
            self.pools[FUNCTION] = self._rotation(self.standin)
        functions.update({name: pool.invoke for name, pool in self.pools.items()})
        self._exits.enter_context(self.gateway)

    def _outside(self) -> dict[str, Any]:
        """Start what stands in for the world outside, and say where it is."""
        found: dict[str, Any] = {}
        if self.settings.auth_mode is None:
            # No value that a deployment could have; the console asks for no credentials then.
            found["AuthMode"] = "NONE"
        if self.settings.starts_standin:
            self.standin = self._exits.enter_context(OpenAIStandIn(calls=self._calls))
            found["OpenAIBaseUrl"] = self.standin.base_url
        if self.settings.starts_issuer:
            given = self.settings.parameters
            audience, scope = given["JwtAudience"] or AUDIENCE, given["JwtScope"] or SCOPE
            issuer = bind(
                "ISSUER_PORT",
                self.settings.issuer_port,
                lambda port: Issuer(port=port, audience=audience.split(",")[0], scope=scope),
            )
            self.issuer = self._exits.enter_context(issuer)
            found |= {"JwtIssuer": issuer.url, "JwtAudience": audience, "JwtScope": scope}
        return found

    def _gateway(self, template: Template, functions: Mapping[str, Invoke]) -> Gateway:
        (api,) = template.resources("AWS::ApiGatewayV2::Api").values()
        (stage,) = template.resources("AWS::ApiGatewayV2::Stage").values()
        limits = stage["DefaultRouteSettings"]
        throttle = Throttle(
            rate=float(limits["ThrottlingRateLimit"]), burst=int(limits["ThrottlingBurstLimit"])
        )
        return bind(
            "PORT",
            self.settings.port,
            lambda port: Gateway(
                routes_of(template),
                functions,
                port=port,
                authorize=_authorizer(self.settings, template),
                cors=Cors.of(api.get("CorsConfiguration")),
                throttle=throttle,
                on_handled=self._on_handled,
            ),
        )

    def _pool(self, template: Template, name: str, function: Function) -> Pool:
        reserved = template.resources("AWS::Serverless::Function")[name].get(
            "ReservedConcurrentExecutions"
        )
        if reserved is None:
            return Pool(function, maximum=MAX_ENVIRONMENTS, log=self._log)
        return Pool(function, maximum=int(reserved), refuse_when_busy=True, log=self._log)

    def _rotation(self, standin: OpenAIStandIn) -> Pool:
        """The second stack's function; nothing of it runs before a rotation does."""
        function = rotation_function(self.aws, secret_name=KEY_SECRET, base_url=standin.base_url)
        return self._exits.enter_context(Pool(function, maximum=2, log=self._log))

    def _fill(self, template: Template) -> None:
        """Put in what an operator or CloudFormation would: the key, generated secrets, tables."""
        for name, properties in template.resources("AWS::SecretsManager::Secret").items():
            value = self.settings.openai_api_key if name == "OpenAIApiKey" else None
            if value is None and "GenerateSecretString" in properties:
                value = secrets.token_hex(32)
            self.aws.put_secret(template.resolve({"Ref": name}), value)
        for name, properties in template.resources("AWS::DynamoDB::Table").items():
            self.aws.create_table(template.resolve({"Ref": name}), properties)


def _authorizer(settings: Settings, template: Template) -> Authorize:
    if settings.auth_mode is None:
        return local_caller
    if settings.auth_mode == "IAM":
        return signed_caller
    (authorizer,) = template.resources("AWS::ApiGatewayV2::Authorizer").values()
    configuration = authorizer["JwtConfiguration"]
    return JwtAuthorizer(issuer=configuration["Issuer"], audience=configuration["Audience"])
