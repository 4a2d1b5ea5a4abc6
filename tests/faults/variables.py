"""The function's variables as template.yaml has them."""

import functools
from collections.abc import Mapping

from local.functions import functions_of
from local.parameters import parameters_from
from local.template import Template, read_template


@functools.cache
def template_variables() -> Mapping[str, str]:
    """With every parameter's default, and nothing limited."""
    template = read_template()
    given = {
        **parameters_from({}, template),
        "OpenAIBaseUrl": "http://127.0.0.1:1/v1",
        "QuotaPerMinute": 0,
        "QuotaPerDay": 0,
        "QuotaPerStackPerDay": 0,
    }
    return functions_of(Template(template, given), {})["ClientSecretsFunction"].environment
