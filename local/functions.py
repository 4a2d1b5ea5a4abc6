"""What Lambda knows of a function, and what an invocation comes to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.aws import ACCOUNT_ID, REGION
from local.lifeline import ROOT
from local.template import Template


@dataclass(frozen=True)
class Function:
    """What Lambda knows of a function.

    Attributes:
        name: Its logical id.
        handler: `module.function`.
        code: Folders that come first on its path: its own code, then its layers.
        environment: Its variables.
        timeout_s: After it, the environment is killed.
    """

    name: str
    handler: str
    code: tuple[Path, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 12.0
    memory_mb: int = 1024
    alias: str = "live"

    @property
    def arn(self) -> str:
        """The ARN that callers invoke, with the alias."""
        return f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{self.name}:{self.alias}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an invocation came to.

    Attributes:
        payload: The handler's answer; for an error, Lambda's `errorMessage` and `errorType`.
        is_error: Whether Lambda would set `X-Amz-Function-Error`.
        duration_ms: Without initialization.
        is_cold: Whether this was the environment's first event.
    """

    payload: Any
    is_error: bool = False
    duration_ms: float = 0.0
    is_cold: bool = False


def functions_of(template: Template, environment: Mapping[str, str]) -> dict[str, Function]:
    """The template's functions, run from their sources.

    Args:
        template: With parameter values.
        environment: Variables beside the function's own, such as where AWS is.
    """
    layers = template.resources("AWS::Serverless::LayerVersion")
    functions = {}
    for name, properties in template.resources("AWS::Serverless::Function").items():
        sources = [properties["CodeUri"]]
        sources += [layers[each]["ContentUri"] for each in properties.get("Layers", ())]
        own = properties.get("Environment", {}).get("Variables", {})
        functions[name] = Function(
            name=name,
            handler=properties["Handler"],
            code=tuple(Path(ROOT, source) for source in sources),
            environment={**environment, **{key: _text(value) for key, value in own.items()}},
            timeout_s=float(properties["Timeout"]),
            memory_mb=int(properties["MemorySize"]),
            alias=properties.get("AutoPublishAlias", "live"),
        )
    return functions


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
