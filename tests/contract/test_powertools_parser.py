"""Powertools' Parser on the models, and what the function runs in its place, say the same.

The function hands the compiled models to pydantic_core, because importing Parser and Pydantic would
be most of its cold start (docs/performance.md). The Parser stays the judge of that judge.
"""

from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser import ValidationError, parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic_core import ValidationError as CompiledError

from broker.contract import Kind, model_of
from broker.contract.validators import validator_of
from tests.contract.bodies import bodies
from tests.contract.mutations import mutations
from tests.contract.openai_types import trees

TREES = trees()


def errors_of_the_parser(body: Any, kind: Kind) -> list[Any]:
    try:
        parse(body, model=model_of(kind))
    except ValidationError as exc:
        return list(exc.errors(include_url=False))
    return []


def errors_of_the_function(body: Any, kind: Kind) -> list[Any]:
    try:
        validator_of(kind).validate_python(body)
    except CompiledError as exc:
        return list(exc.errors(include_url=False))
    return []


@pytest.mark.parametrize("kind", ["realtime", "translation"])
def test_both_find_the_same_in_bodies_with_a_mistake_and_without(kind: Kind) -> None:
    found: list[int] = []

    @settings(
        max_examples=100,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(body=bodies(TREES[kind]), choices=st.data())
    def compare(body: dict[str, Any], choices: st.DataObject) -> None:
        mutation = choices.draw(st.sampled_from(mutations(TREES[kind], body)))
        for each in (body, mutation.applied_to(body)):
            theirs = errors_of_the_parser(each, kind)

            assert errors_of_the_function(each, kind) == theirs
            found.append(len(theirs))

    compare()

    # Half of them whole, the other half broken, but for what only rules between fields refuse.
    assert found.count(0) >= 50
    assert len(found) - found.count(0) >= 50
