import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from broker.errors import Row, Rows
from docs.generate_openapi import FILE, description, rendered
from tests.contract.bodies import bodies
from tests.contract.mutations import mutations
from tests.contract.openai_types import trees

DESCRIPTION = description()
TREE = trees()["realtime"]

# No JSON Schema of ours says what two fields may not say together.
BETWEEN_FIELDS = ("both modalities", "no MCP server", "VAD")

QUICK = settings(
    max_examples=100,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def _validator() -> Any:
    root = {"$ref": "#/components/schemas/ClientSecretRequest", **DESCRIPTION}
    return OAS31Validator(root)


def test_the_file_is_what_the_models_say() -> None:
    assert FILE.read_text() == rendered()


def test_the_description_is_valid_openapi() -> None:
    assert list(OpenAPIV31SpecValidator(DESCRIPTION).iter_errors()) == []


def test_the_description_has_the_routes_of_the_template() -> None:
    template = (Path(FILE).parents[1] / "template.yaml").read_text()
    routes = set(re.findall(r"RouteKey: POST (\S+)", template))

    assert set(DESCRIPTION["paths"]) == routes


def test_every_row_of_the_error_table_is_in_the_description() -> None:
    responses = DESCRIPTION["components"]["responses"]

    for row in (row for row in vars(Rows).values() if isinstance(row, Row)):
        assert f"`{row.code}`" in responses[f"Status{row.status}"]["description"]


def test_every_field_is_described() -> None:
    undescribed = [
        f"{name}.{field}"
        for name, schema in DESCRIPTION["components"]["schemas"].items()
        for field, value in schema.get("properties", {}).items()
        if name[0].isupper() and "description" not in value and "$ref" not in value
    ]

    assert set(undescribed) <= {
        "ErrorBody.message",
        "Violation.message",
        "Message.message",
    }


@pytest.mark.timeout(300)
def test_the_schema_takes_what_openais_types_allow() -> None:
    validator = _validator()

    @QUICK
    @given(body=bodies(TREE))
    def judge(body: dict[str, Any]) -> None:
        assert [error.message for error in validator.iter_errors(body)] == []

    judge()


@pytest.mark.timeout(300)
def test_the_schema_refuses_what_the_models_refuse() -> None:
    validator = _validator()

    @QUICK
    @given(body=bodies(TREE), choices=st.data())
    def judge(body: dict[str, Any], choices: st.DataObject) -> None:
        found = [one for one in mutations(TREE, body) if one.what not in BETWEEN_FIELDS]
        mutation = choices.draw(st.sampled_from(found))

        assert not validator.is_valid(mutation.applied_to(body)), mutation

    judge()
