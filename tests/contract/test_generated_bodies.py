"""Bodies that OpenAI's own types allow are let through as they are; each single mistake is refused.

CONTRACT_EXAMPLES sets how many of each are tried (300), and prints the counts (`pytest -s`).
"""

import json
import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broker.contract import Kind
from broker.errors import BrokerError
from broker.params import parse
from local.openai_standin import OpenAIStandIn
from openai_realtime.client import Client
from openai_realtime.client_secrets import ClientSecrets, TranslationClientSecrets
from openai_realtime.errors import BadRequestError
from tests.contract.bodies import bodies
from tests.contract.mutations import Mutation, mutations
from tests.contract.openai_types import trees

EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "300"))
KINDS: tuple[Kind, ...] = ("realtime", "translation")
TREES = trees()
STRATEGIES = {kind: bodies(TREES[kind]) for kind in KINDS}

RESOURCES: dict[Kind, type[ClientSecrets]] = {
    "realtime": ClientSecrets,
    "translation": TranslationClientSecrets,
}

# Conversations and transcription sessions have most of the contract, so most of the examples.
SHARE = {"realtime": 0.9, "translation": 0.1}


def _settings(kind: Kind) -> settings:
    return settings(
        max_examples=max(1, round(EXAMPLES * SHARE[kind])),
        deadline=None,
        database=None,
        derandomize=EXAMPLES <= 300,
        suppress_health_check=list(HealthCheck),
    )


def _parse(body: Any, kind: Kind) -> dict[str, Any]:
    raw_body = json.dumps(body)
    return parse(raw_body, is_base64=False, kind=kind, unknown_fields="reject")


def _report(kind: Kind, counts: Counter[str]) -> None:
    lines = [f"  {what}: {count}" for what, count in sorted(counts.items())]
    print("\n".join(["", f"{kind}:", *lines]))


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", KINDS)
def test_what_openais_types_allow_is_sent_on_unchanged(kind: Kind) -> None:
    counts: Counter[str] = Counter()

    @_settings(kind)
    @given(body=STRATEGIES[kind])
    def judge(body: dict[str, Any]) -> None:
        counts["valid bodies"] += 1
        params = _parse(body, kind)
        assert json.dumps(params) == json.dumps(body)
        counts["accepted and unchanged"] += 1

    judge()
    _report(kind, counts)
    assert counts["accepted and unchanged"] == counts["valid bodies"]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", KINDS)
def test_a_single_mistake_is_refused_at_its_exact_path(kind: Kind) -> None:
    counts: Counter[str] = Counter()

    @_settings(kind)
    @given(body=STRATEGIES[kind], choices=st.data())
    def judge(body: dict[str, Any], choices: st.DataObject) -> None:
        mutation = _one_of(mutations(TREES[kind], body), choices)
        counts["mutated bodies"] += 1
        counts[f"of them: {mutation.what}"] += 1
        with pytest.raises(BrokerError) as refused:
            _parse(mutation.applied_to(body), kind)
        error = refused.value
        assert error.row.status == 400
        assert (error.param, error.row.code) == (mutation.param, mutation.code), error.message
        counts["param exact"] += 1

    judge()
    _report(kind, counts)
    assert counts["param exact"] >= 0.99 * counts["mutated bodies"]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_accepted_reaches_openai_unchanged(kind: Kind) -> None:
    counts: Counter[str] = Counter()

    with OpenAIStandIn() as openai:
        client = Client("sk-test-canary-of-the-contract", base_url=openai.base_url)
        resource = RESOURCES[kind](client)

        @_settings(kind)
        @given(body=STRATEGIES[kind])
        def judge(body: dict[str, Any]) -> None:
            counts["sent"] += 1
            openai.requests.clear()
            try:
                resource.create(request_options={"extra_body": _parse(body, kind)})
            except BadRequestError:
                # OpenAI may still refuse, such as a voice it does not have.
                counts["refused by the stand-in"] += 1
            [sent] = openai.requests
            assert json.dumps(json.loads(sent.body)) == json.dumps(body)
            counts["unchanged on the wire"] += 1

        judge()

    _report(kind, counts)
    assert counts["unchanged on the wire"] == counts["sent"]


def _one_of(found: list[Mutation], choices: st.DataObject) -> Mutation:
    """One mutation: first its kind, or the many wrong types would crowd the others out."""
    kinds = sorted({mutation.what for mutation in found})
    kind = choices.draw(st.sampled_from(kinds), label="kind")
    return choices.draw(
        st.sampled_from([mutation for mutation in found if mutation.what == kind]), label="mutation"
    )
