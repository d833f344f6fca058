"""The certificate of a simulated host: made once, signed by itself, known by its fingerprint."""

from __future__ import annotations

import hashlib
import ipaddress
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

_VALID = timedelta(days=3650)


@dataclass(frozen=True)
class Certificate:
    """Where certificate and key lie, both as PEM."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """Return what a server needs to speak TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def fingerprint(self, algorithm: str = "sha256") -> str:
        """Return the fingerprint as hosts print it: AA:BB:…."""
        der = ssl.PEM_cert_to_DER_cert(self.certificate.read_text(encoding="ascii"))
        return hashlib.new(algorithm, der, usedforsecurity=False).digest().hex(":").upper()


def ensure_certificate(directory: Path, name: str, address: str) -> Certificate:
    """Return the certificate in a directory; one for this name and address is made if there is none."""
    made = Certificate(directory / "rui.crt", directory / "rui.key")
    if not (made.certificate.exists() and made.key.exists()):
        _write(made, name, address)
    return made


def _write(target: Certificate, name: str, address: str) -> None:
    # Loading this library takes time and memory, and is needed once in the life of a host.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address(address))])
    now = datetime.now(timezone.utc)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + _VALID)
    builder = builder.add_extension(names, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    signed = builder.sign(key, hashes.SHA256())
    unencrypted = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    target.key.touch(mode=0o600)
    target.key.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, unencrypted))
    target.certificate.write_bytes(signed.public_bytes(pem))
