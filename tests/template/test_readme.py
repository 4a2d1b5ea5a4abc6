from docs.generate_parameters import README, written


def test_the_readme_lists_every_parameter_as_the_template_has_it() -> None:
    text = README.read_text()

    assert written(text) == text
