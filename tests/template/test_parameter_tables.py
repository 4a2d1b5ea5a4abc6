from pathlib import Path

import pytest

from docs.generate_parameters import PAGES, written


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_page_lists_every_parameter_as_the_template_has_it(page: Path) -> None:
    assert written(page) == page.read_text()
