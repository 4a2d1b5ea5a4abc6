import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from layers import build
from tests.template.cloudformation import read

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "layers/dependencies/requirements.txt"
ELF_MACHINES = {"arm64": 0xB7, "x86_64": 0x3E}
HERE = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


@pytest.fixture(scope="module")
def python() -> tuple[Path, str]:
    """The interpreter that is deployed, or the one at hand; the recipes are the same."""
    try:
        return build.find_python(build.DEPLOYED_PYTHON), build.DEPLOYED_PYTHON
    except build.BuildError:
        return Path(sys.executable), f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy to build from, which stays as it is while somebody edits."""
    copy = tmp_path_factory.mktemp("source")
    for folder in ("layers", "functions"):
        shutil.copytree(ROOT / folder, copy / folder)
    for template in ROOT.glob("template*.yaml"):
        shutil.copy(template, copy)
    return copy


@pytest.fixture(scope="module")
def built(
    source: Path, tmp_path_factory: pytest.TempPathFactory, python: tuple[Path, str]
) -> Iterator[dict[str, Path]]:
    """A build for each processor, and a second one elsewhere, under other circumstances."""
    folder = tmp_path_factory.mktemp("built")
    builds = {arch: folder / arch for arch in ELF_MACHINES}
    builds["again"] = folder / "a longer way" / "again"
    builds["again"].parent.mkdir()
    elsewhere = shutil.copytree(source, folder / "source elsewhere")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "ROOT", source)
        for arch in ELF_MACHINES:
            build.assemble(builds[arch], arch=arch, python=python[0], version=python[1])
        patch.setattr(build, "ROOT", elsewhere)
        for name, value in {"TZ": "Pacific/Chatham", "PYTHONHASHSEED": "7", "LC_ALL": "C"}.items():
            patch.setenv(name, value)
        umask = os.umask(0o077)
        try:
            build.assemble(builds["again"], arch="arm64", python=python[0], version=python[1])
        finally:
            os.umask(umask)
        patch.setattr(build, "ROOT", source)
        yield builds


def test_two_builds_are_byte_identical(built: dict[str, Path]) -> None:
    assert fingerprints(built["arm64"]) == fingerprints(built["again"])


def test_the_arm64_build_has_the_same_files(built: dict[str, Path]) -> None:
    arm64, x86_64 = (
        {name.replace("aarch64", "x86_64") for name in files(built[arch])} for arch in ELF_MACHINES
    )

    assert arm64 == x86_64


@pytest.mark.parametrize("arch", ELF_MACHINES)
def test_compiled_files_are_of_the_processor_that_was_asked_for(
    built: dict[str, Path], arch: str
) -> None:
    compiled = [path for path in built[arch].rglob("*") if is_elf(path)]

    machines = {int.from_bytes(path.read_bytes()[18:20], "little") for path in compiled}

    assert machines == {ELF_MACHINES[arch]}


def test_nothing_but_python_its_data_and_licences_is_shipped(built: dict[str, Path]) -> None:
    suffixes = {Path(name).suffix for name in files(built["arm64"])}

    page = {".html", ".css", ".js", ".svg"}
    assert suffixes - {".py", ".pyc", ".so", ".json", ".txt", ""} - page == set()
    assert {Path(n).name for n in files(built["arm64"]) if Path(n).suffix == ""} == {
        "METADATA",
        "LICENSE",
    }


def test_the_function_is_its_app_and_nothing_else(built: dict[str, Path]) -> None:
    names = {re.sub(r"\.cpython-\d+", "", name) for name in files(built["arm64"] / "function")}

    assert names == {"app.py", "__pycache__/app.pyc"}


def test_the_rotation_is_its_app_and_nothing_else(built: dict[str, Path]) -> None:
    names = {re.sub(r"\.cpython-\d+", "", name) for name in files(built["arm64"] / "rotation")}

    assert names == {"app.py", "__pycache__/app.pyc"}


def test_the_console_is_its_app_and_its_page(built: dict[str, Path], source: Path) -> None:
    names = {re.sub(r"\.cpython-\d+", "", name) for name in files(built["arm64"] / "console")}
    page = {f"page/{path.name}" for path in (source / "functions/console/page").iterdir()}

    assert names == {"app.py", "__pycache__/app.pyc"} | page


def test_the_realtime_layer_is_its_source_and_nothing_else(
    built: dict[str, Path], source: Path
) -> None:
    packages = source / "layers/realtime"
    expected = {
        f"python/{path.relative_to(packages)}"
        for package in ("openai_realtime", "broker", "rotation")
        for suffix in ("py", "json")
        for path in (packages / package).rglob(f"*.{suffix}")
        # The sources of the models; what they are compiled to is shipped.
        if "\nfrom pydantic import" not in path.read_text()
    }

    shipped = {name for name in files(built["arm64"] / "realtime") if not name.endswith(".pyc")}

    assert shipped == expected


def test_every_module_has_bytecode_that_no_time_stamp_can_outdate(built: dict[str, Path]) -> None:
    for source in built["arm64"].rglob("*.py"):
        (compiled,) = (source.parent / "__pycache__").glob(f"{source.stem}.cpython-*.pyc")
        flags = int.from_bytes(compiled.read_bytes()[4:8], "little")

        # PEP 552: hash-based, and the source is not checked.
        assert flags == 0b01, compiled


def test_no_path_of_this_machine_is_shipped(built: dict[str, Path], source: Path) -> None:
    forbidden = [str(built["arm64"].parent).encode(), str(source).encode()]

    for path in built["arm64"].rglob("*.pyc"):
        assert not any(text in path.read_bytes() for text in forbidden), path


def test_lambda_may_read_every_file(built: dict[str, Path]) -> None:
    for path in built["again"].glob("*/**/*"):
        needed = 0o555 if path.is_dir() else 0o444

        assert path.stat().st_mode & needed == needed, path


def test_what_is_built_imports(built: dict[str, Path], python: tuple[Path, str]) -> None:
    folder = built[HERE]
    paths = [str(folder / "realtime/python"), str(folder / "dependencies/python")]
    modules = "openai_realtime, broker.session_policy, broker.errors, urllib3, jmespath, rotation"
    powertools = "aws_lambda_powertools.logging, aws_lambda_powertools.metrics"
    code = f"import sys; sys.path[:0] = {paths!r}; import {modules}, {powertools}"

    subprocess.run([python[0], "-I", "-c", code], check=True, timeout=30)


@pytest.mark.parametrize("stack", build.STACKS)
def test_sam_builds_the_same(
    built: dict[str, Path], python: tuple[Path, str], tmp_path: Path, stack: str
) -> None:
    template, _ = build.STACKS[stack]
    interpreter, version = python

    build.sam_build(tmp_path, template=template, python=interpreter, version=version)

    resources = read(ROOT / template)["Resources"]
    parts = [each for each in build.PARTS if each[2].removeprefix("build-") in resources]
    assert len(parts) >= 3
    for part, _, target in parts:
        made = tmp_path / target.removeprefix("build-")
        assert fingerprints(made) == fingerprints(built["arm64"] / part)


def test_every_part_that_is_deployed_has_its_recipe() -> None:
    folders = {
        name: resource["Properties"].get("CodeUri") or resource["Properties"]["ContentUri"]
        for template, _ in build.STACKS.values()
        for name, resource in read(ROOT / template)["Resources"].items()
        if resource["Type"].startswith("AWS::Serverless::")
    }

    assert {(f"build-{name}", folder) for name, folder in folders.items()} == {
        (target, folder) for _, folder, target in build.PARTS
    }


def test_the_page_about_the_layers_is_true(built: dict[str, Path]) -> None:
    page = (ROOT / "layers/README.md").read_text()
    rows = re.findall(r"^\| ([a-z0-9-]+) \| ([\d.]+) \| ([\d.]+) \| \w", page, re.MULTILINE)
    pinned = re.findall(r"^([a-z0-9-]+)==([\d.]+)", REQUIREMENTS.read_text(), re.MULTILINE)
    site = built["arm64"] / "dependencies/python"

    assert sorted((name, version) for name, version, _ in rows) == sorted(pinned)
    measured: dict[str, float] = {}
    for path in (path for path in site.rglob("*") if path.is_file()):
        first, *_, last = path.relative_to(site).parts * 2
        # `urllib3/…`, `urllib3-2.8.0.dist-info/…`, and bytecode of a module that is a single file.
        package = re.split(r"[-.]", last if first == "__pycache__" else first)[0].replace("_", "-")
        measured[package] = measured.get(package, 0) + path.stat().st_size / 1e6
    (whole,) = re.findall(r"the whole layer is ([\d.]+) MB", page)

    # Bytecode differs a little between Python versions.
    assert sum(measured.values()) == pytest.approx(float(whole), rel=0.2)
    assert {name: pytest.approx(float(size), rel=0.2) for name, _, size in rows} == measured


def test_a_missing_interpreter_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for variable in ("PATH", "PYENV_ROOT", "UV_PYTHON_INSTALL_DIR"):
        monkeypatch.setenv(variable, str(tmp_path))

    with pytest.raises(build.BuildError, match=r"^no python9\.9 .*pyenv install.*--use-container"):
        build.find_python("9.9")


def test_a_missing_network_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, python: tuple[Path, str]
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_CACHE_DIR", str(tmp_path / "cache"))

    with pytest.raises(build.BuildError, match=r"^pip found nothing .* Is there a network\?"):
        build.assemble(tmp_path / "built", arch="arm64", python=python[0], version=python[1])

    assert not (tmp_path / "built").exists()


def is_elf(path: Path) -> bool:
    return path.is_file() and path.read_bytes()[:4] == b"\x7fELF"


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def fingerprints(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Name to content, mode and time stamp: what a zip of the folder depends on."""
    return {
        name: (
            hashlib.sha256((folder / name).read_bytes()).hexdigest(),
            (folder / name).stat().st_mode & 0o777,
            int((folder / name).stat().st_mtime),
        )
        for name in files(folder)
    }
