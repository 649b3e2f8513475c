"""The XML signature of a CAP message (CAP 1.2, 3.3.4.1): enveloped, with the certificates of who signs.

The packages for it come with ``marsad[signed]``: most sites sign nothing, and need no XML library.
"""

import ssl
from pathlib import Path
from typing import Any

from marsad.errors import LinkError
from marsad.links.plain_file import check_plain, plain_bytes

_CANONICAL = "http://www.w3.org/2001/10/xml-exc-c14n#"


class Signer:
    """Signs messages with one key."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """Raises LinkError for files that are no pair, or where the packages for signing are missing."""
        try:
            from cryptography.hazmat.primitives.serialization import load_pem_private_key
            from signxml import SignatureMethod
        except ImportError as error:
            raise LinkError(
                "messages cannot be signed: the packages for it are missing; install marsad[signed]"
            ) from error
        try:
            check_plain(certificate)
            check_plain(key)
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
            self._chain, self._key = plain_bytes(certificate), plain_bytes(key)
            kind = type(load_pem_private_key(self._key, None)).__name__
        except (OSError, ValueError) as error:
            said = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
            raise LinkError(
                f"{certificate} and {key} are no PEM pair without a pass phrase: {said}"
            ) from error
        methods = {"RSAPrivateKey": SignatureMethod.RSA_SHA256, "ECPrivateKey": SignatureMethod.ECDSA_SHA256}
        if kind not in methods:
            raise LinkError(f"{key}: a key of the kind {kind} signs no XML; use RSA or elliptic curves")
        self._method = methods[kind]

    def signed(self, message: str) -> bytes:
        """The message with its signature as its last element."""
        from lxml import etree
        from signxml import DigestAlgorithm, XMLSigner

        signer: Any = XMLSigner(
            signature_algorithm=self._method,
            digest_algorithm=DigestAlgorithm.SHA256,
            c14n_algorithm=_CANONICAL,
        )
        root = signer.sign(etree.fromstring(message.encode()), key=self._key, cert=self._chain.decode())
        signed: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
        return signed
