"""Ways (发送途径): what of the environment decides through which proxies, and trusting whom, a message goes."""

from __future__ import annotations

import os

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
DIVERTING = (
    *PROXIES,
    *(name.lower() for name in PROXIES),
    *CERTIFICATES,
    "SSLKEYLOGFILE",
    "NETRC",
    "REQUEST_METHOD",
    "HOSTALIASES",
    "LOCALDOMAIN",
    "RES_OPTIONS",
)
"""What httpx, requests, OpenSSL and the system's resolver read from the environment. REQUEST_METHOD makes them ignore
HTTP_PROXY; the last three lead a host without a point in its name elsewhere."""


def ways_now() -> dict[str, str]:
    """What the environment of this process says of them now."""
    return {name: os.environ[name] for name in DIVERTING if name in os.environ}
