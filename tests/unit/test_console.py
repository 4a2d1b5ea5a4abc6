import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from local.routes import routes_of
from local.settings import Settings
from local.template import Template, read_template

ROOT = Path(__file__).parents[2]
FUNCTION = ROOT / "functions/console"


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://eu.api.openai.com/v1/")
    monkeypatch.setenv("AUTH_MODE", "JWT")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    spec = importlib.util.spec_from_file_location("console_app", FUNCTION / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def get(console: ModuleType, file: str | None = None, **headers: str) -> dict[str, Any]:
    event: dict[str, Any] = {"headers": {name.replace("_", "-"): v for name, v in headers.items()}}
    if file is not None:
        event["pathParameters"] = {"file": file}
    answer: dict[str, Any] = console.lambda_handler(event, None)
    return answer


def policy(answer: dict[str, Any]) -> dict[str, str]:
    parts = answer["headers"]["content-security-policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


def test_the_page_may_reach_its_own_origin_and_openai_and_nothing_else(console: ModuleType) -> None:
    allowed = policy(get(console))

    assert allowed["default-src"] == "'none'"
    assert allowed["connect-src"] == "'self' https://eu.api.openai.com"
    assert allowed["script-src"] == allowed["style-src"] == "'self'"
    assert allowed["frame-ancestors"] == allowed["base-uri"] == allowed["form-action"] == "'none'"
    assert "unsafe" not in " ".join(allowed.values())


@pytest.mark.parametrize("file", [None, "no-such-file.js"])
def test_every_answer_carries_the_headers(console: ModuleType, file: str | None) -> None:
    headers = get(console, file)["headers"]

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["permissions-policy"].startswith("microphone=(self)")


def test_the_page_is_told_of_its_deployment(console: ModuleType) -> None:
    body = get(console)["body"]

    assert 'data-openai-base-url="https://eu.api.openai.com/v1"' in body
    assert 'data-auth-mode="JWT" data-region="eu-central-1"' in body


def test_a_value_cannot_become_markup(console: ModuleType) -> None:
    settings = console.Settings('https://a.example/"><script>', "JWT", "eu")

    assert "<script>" not in console.rendered(console.PAGE, settings)[""].body


def test_every_file_that_is_named_is_there_for_good_and_typed(console: ModuleType) -> None:
    page = get(console)
    named = set(re.findall(r"console/([\w.]+)", page["body"]))
    for name in sorted(named):
        answer = get(console, name)
        assert answer["statusCode"] == 200, name
        assert answer["headers"]["cache-control"] == "public, max-age=31536000, immutable"
        named |= set(re.findall(r'"\./([\w.]+)"', answer["body"]))

    assert named == console.files().keys() - {""}
    assert {get(console, name)["headers"]["content-type"] for name in named} == {
        "text/javascript; charset=utf-8",
        "text/css; charset=utf-8",
        "image/svg+xml",
    }
    assert page["headers"]["cache-control"] == "no-cache"


def test_a_changed_file_changes_every_name(console: ModuleType, tmp_path: Path) -> None:
    for source in console.PAGE.iterdir():
        (tmp_path / source.name).write_bytes(source.read_bytes())
    settings = console.Settings("https://api.openai.com/v1", "IAM", "eu")
    before = console.rendered(tmp_path, settings)
    with (tmp_path / "style.css").open("a") as file:
        file.write("\n")

    after = console.rendered(tmp_path, settings)

    assert before.keys() & after.keys() == {""}
    assert before[""].etag != after[""].etag


@pytest.mark.parametrize("wanted", ["{}", 'W/"other", {}'])
def test_what_the_browser_has_is_not_sent(console: ModuleType, wanted: str) -> None:
    etag = get(console)["headers"]["etag"]

    answer = get(console, if_none_match=wanted.format(etag))

    assert (answer["statusCode"], answer["body"]) == (304, "")
    assert answer["headers"]["etag"] == etag


@pytest.mark.parametrize("file", ["index.html", "main.js", "../app.py", "..%2fapp.py", "x" * 999])
def test_only_the_files_of_this_version_are_there(console: ModuleType, file: str) -> None:
    answer = get(console, file)

    assert answer["statusCode"] == 404
    assert answer["headers"]["cache-control"] == "no-store"


def test_the_suggested_profiles_exist(console: ModuleType) -> None:
    suggested = set(re.findall(r'<option value="([\w-]+)">', get(console)["body"]))
    profiles = ROOT / "layers/realtime/broker/profiles"

    assert suggested <= {path.stem for path in profiles.glob("*.json")}
    assert suggested


def test_the_page_takes_nothing_from_elsewhere() -> None:
    for path in (FUNCTION / "page").iterdir():
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://", text), path.name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)
        assert not re.search(r"localStorage|sessionStorage|indexedDB|document\.cookie", text)


@pytest.mark.parametrize(
    ("shell", "opened"), [({}, {"GET /", "GET /console/{file}"}), ({"CONSOLE": "false"}, set())]
)
def test_it_is_served_here_unless_told_otherwise(shell: dict[str, str], opened: set[str]) -> None:
    settings = Settings.from_shell(shell, read_template())
    routes = routes_of(Template(read_template(), settings.parameters))

    assert {route.key for route in routes if route.authorization == "NONE"} == opened
