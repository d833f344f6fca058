"""Type 8 secrets of IOS: PBKDF2-HMAC-SHA256, 20000 rounds, in Cisco's base64 alphabet.

Shape: `$8$<salt, 14 characters>$<hash, 43 characters>`, as hashcat's mode 9200 documents it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import string

ROUNDS = 20000
SALT_LENGTH = 14
_CISCO64 = "./0123456789" + string.ascii_uppercase + string.ascii_lowercase
_BASE64 = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
_TO_CISCO64 = str.maketrans(_BASE64, _CISCO64)
_HASH = re.compile(r"\$8\$(?P<salt>[./0-9A-Za-z]{14})\$[./0-9A-Za-z]{43}")


def hash_secret(secret: str, salt_source: str) -> str:
    """Return the type 8 hash; the salt follows from `salt_source`, so that a restart keeps the text."""
    digest = hashlib.sha256(f"{salt_source}\0{secret}".encode()).digest()
    return _hash(secret, _encode(digest)[:SALT_LENGTH])


def is_hash(text: str) -> bool:
    """Tell whether `text` is a type 8 hash."""
    return _HASH.fullmatch(text) is not None


def verify_secret(secret: str, hashed: str) -> bool:
    """Tell whether `secret` gives `hashed`."""
    match = _HASH.fullmatch(hashed)
    return match is not None and hmac.compare_digest(_hash(secret, match["salt"]), hashed)


def _hash(secret: str, salt: str) -> str:
    key = hashlib.pbkdf2_hmac("sha256", secret.encode(), salt.encode(), ROUNDS)
    return f"$8${salt}${_encode(key)}"


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=").translate(_TO_CISCO64)
