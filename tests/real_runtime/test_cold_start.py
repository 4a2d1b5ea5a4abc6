import pytest

from benchmarks import guard
from tests.real_runtime.built import built


def test_a_cold_start_imports_what_is_on_file() -> None:
    found = guard.imported()

    assert guard.differences(found, guard.listed_modules(), version=built().version) == []


@pytest.mark.parametrize("name", ["boto3", "pydantic", "asyncio", "s3transfer", "httpx2", "moto"])
def test_what_was_cut_stays_out(name: str) -> None:
    assert name not in guard.listed_modules()


def test_the_layers_are_as_large_as_is_on_file() -> None:
    assert guard.grown(guard.sizes(built()), guard.listed_sizes()) == []


@pytest.mark.parametrize(("layer", "most_mb"), guard.MOST_MB.items())
def test_a_layer_keeps_within_its_bound(layer: str, most_mb: float) -> None:
    assert guard.sizes(built())[layer] < most_mb


def test_one_more_module_or_one_less_shows() -> None:
    assert guard.differences(["a", "c"], ["a", "b"], version="3.13") == ["+ c", "- b"]


def test_a_package_that_grows_shows() -> None:
    assert guard.grown({"x": 1.0, "y": 1.2}, {"x": 1.0, "y": 1.0}) == ["y: 1.000 MB -> 1.200 MB"]
