import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from broker.contract.validators import COMPILED, validator_of
from layers.compile_models import MODELS, rendered

ROOT = Path(__file__).parents[2]
BODY = {"session": {"type": "realtime", "tools": [{"name": 1}, "x"], "truncation": {"type": "no"}}}


@pytest.mark.parametrize("name", MODELS)
def test_a_compiled_model_is_what_the_model_says(name: str) -> None:
    (model,) = (model for each, model in MODELS.items() if each == name)

    assert (COMPILED / f"{name}.json").read_text() == rendered(model), "run `make models`"


def test_a_compiled_model_finds_what_pydantic_finds() -> None:
    with pytest.raises(ValidationError) as by_pydantic:
        TypeAdapter(MODELS["realtime"]).validate_python(BODY)
    with pytest.raises(ValidationError) as by_us:
        validator_of("realtime").validate_python(BODY)

    assert by_us.value.errors(include_url=False) == by_pydantic.value.errors(include_url=False)


def test_judging_needs_no_pydantic() -> None:
    code = (
        "import sys; from broker.params import judge;"
        "from broker.profile_files import read_profiles;"
        "judge({}, kind='realtime', unknown_fields='reject'); read_profiles();"
        "sys.exit('pydantic' in sys.modules)"
    )
    path = str(ROOT / "layers" / "realtime")

    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": path}, check=False)

    assert done.returncode == 0
