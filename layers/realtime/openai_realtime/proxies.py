"""Which proxy the environment names: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`.

The library's one look at the environment, when a client is made, by `urllib.request`, so that the
spelling rules are Python's own.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy.

    Attributes:
        url: Without user name and password, so that no error or log can show them.
        headers: `proxy-authorization`, where there was a user name.
    """

    url: str
    headers: Mapping[str, str] = field(repr=False)


def proxy_for(base_url: str) -> Proxy | None:
    """The proxy to reach *base_url* by, if any.

    Raises:
        ValueError: The environment names a proxy that cannot be used; its URL is not quoted.
    """
    target = urlsplit(base_url)
    named = getproxies()
    url = named.get(target.scheme) or named.get("all")
    if not url or proxy_bypass(target.netloc):
        return None
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise ValueError(f"The {target.scheme} proxy of the environment is no http or https URL.")
    where = f"[{host}]" if ":" in host else host
    headers = {}
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["proxy-authorization"] = f"Basic {base64.b64encode(user.encode()).decode()}"
    return Proxy(f"{parts.scheme}://{where}{f':{port}' if port else ''}", headers)
