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
)
"""What httpx, requests and OpenSSL read from the environment; the last one makes them ignore HTTP_PROXY."""


def ways_now() -> dict[str, str]:
    """What the environment of this process says of them now."""
    return {name: os.environ[name] for name in DIVERTING if name in os.environ}
