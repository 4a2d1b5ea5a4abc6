"""`AUTH_MODE=IAM`: requests signed with AWS Signature Version 4, as API Gateway asks of them.

Checked: the access key (the one local user), scope (region, service `execute-api`), date (within 5
minutes) and the signature over method, path, query, signed headers and body. Not checked, because
this machine has no IAM: policies, session tokens and other principals.
"""

import hmac
import re
import time
from calendar import timegm
from collections.abc import Mapping
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.authorizers import RefusedError, iam_context
from local.aws import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY
from local.http_messages import Request
from local.routes import Route

MAX_CLOCK_SKEW_S = 300

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key_id>[^/]+)/(?P<date>\d{8})/(?P<region>[^/]+)/execute-api"
    r"/aws4_request,\s*SignedHeaders=(?P<signed>[a-z0-9;-]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)


def signed_caller(request: Request, route: Route) -> Mapping[str, Any]:
    """The IAM context of whoever signed the request.

    Raises:
        RefusedError: 403, without saying what is wrong, as API Gateway does.
    """
    del route
    stamp = request.header("x-amz-date") or ""
    parts = _AUTHORIZATION.fullmatch(request.header("authorization") or "")
    if parts is None or not _is_recent(stamp) or not stamp.startswith(parts["date"]):
        raise RefusedError(403)
    if parts["key_id"] != ACCESS_KEY_ID or parts["region"] != REGION:
        raise RefusedError(403)
    expected = _signature(request, parts["signed"].split(";"), stamp)
    if not hmac.compare_digest(expected, parts["signature"]):
        raise RefusedError(403)
    return iam_context()


def _signature(request: Request, signed_headers: list[str], stamp: str) -> str:
    headers = {
        name.lower(): value for name, value in request.headers if name.lower() in signed_headers
    }
    url = f"http://{headers.get('host', '')}{request.target}"
    copy = AWSRequest(method=request.method, url=url, headers=headers, data=request.body)
    copy.context["timestamp"] = stamp
    signer = SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY), "execute-api", REGION)
    to_sign = signer.string_to_sign(copy, signer.canonical_request(copy))
    signature: str = signer.signature(to_sign, copy)
    return signature


def _is_recent(stamp: str) -> bool:
    try:
        at = timegm(time.strptime(stamp, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        return False
    return abs(time.time() - at) <= MAX_CLOCK_SKEW_S
