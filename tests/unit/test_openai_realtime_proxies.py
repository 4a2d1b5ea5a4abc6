import base64

import pytest

from openai_realtime.proxies import Proxy, proxy_for

UPSTREAM = "https://api.openai.test/v1"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def basic(user: str) -> dict[str, str]:
    return {"proxy-authorization": f"Basic {base64.b64encode(user.encode()).decode()}"}


@pytest.mark.parametrize(
    ("named", "proxy"),
    [
        ("http://proxy.test:3128", Proxy("http://proxy.test:3128", {})),
        ("http://proxy.test", Proxy("http://proxy.test", {})),
        ("https://proxy.test:443/path", Proxy("https://proxy.test:443", {})),
        ("proxy.test:3128", Proxy("http://proxy.test:3128", {})),
        ("http://[::1]:3128", Proxy("http://[::1]:3128", {})),
        ("http://u:p@proxy.test", Proxy("http://proxy.test", basic("u:p"))),
        ("http://u%40x:p%3A@proxy.test:1", Proxy("http://proxy.test:1", basic("u@x:p:"))),
        ("http://u@proxy.test", Proxy("http://proxy.test", basic("u:"))),
    ],
)
def test_the_url_of_a_proxy_loses_its_credentials(
    named: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", named)

    assert proxy_for(UPSTREAM) == proxy


def test_the_proxy_of_the_scheme_goes_before_the_one_for_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://all.test")
    monkeypatch.setenv("HTTPS_PROXY", "http://tls.test")

    assert proxy_for(UPSTREAM) == Proxy("http://tls.test", {})
    assert proxy_for("http://upstream.test") == Proxy("http://all.test", {})


@pytest.mark.parametrize("no_proxy", ["openai.test", ".openai.test", "api.openai.test:443", "*"])
def test_no_proxy_wins(no_proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test")
    monkeypatch.setenv("NO_PROXY", no_proxy)

    assert proxy_for("https://api.openai.test:443/v1") is None


@pytest.mark.parametrize("named", ["", "socks5://proxy.test", "http://", "http://[x", "ftp://h"])
def test_a_proxy_that_cannot_be_used_is_refused_and_an_empty_one_is_none(
    named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", named)

    if named:
        with pytest.raises(ValueError, match=r"^The https proxy of the environment"):
            proxy_for(UPSTREAM)
    else:
        assert proxy_for(UPSTREAM) is None


def test_without_variables_there_is_no_proxy() -> None:
    assert proxy_for(UPSTREAM) is None
