"""Encryption of field values at rest: AES-256-GCM for the value, a keyed hash to find equal values by.

The key is `KEYUAN_SECRET_KEY`, or a file that is made in the data folder at the first start. Whoever has a backup of the
database but not the key cannot read encrypted fields; whoever loses the key cannot either."""

from __future__ import annotations

import base64
import hmac
import os
import secrets
import unicodedata
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..kernel.settings import Settings
from ..kernel.startup import CannotStart

_VERSION = "v1:"
_NONCE = 12
FILE = "secret.key"


class FieldCipher:
    """Encrypts and decrypts with keys derived from one secret."""

    def __init__(self, secret: bytes) -> None:
        self._aead = AESGCM(_derived(secret, b"field values"))
        self._blind = _derived(secret, b"blind index")

    def encrypt(self, text: str) -> str:
        """The value as stored: version, nonce and ciphertext in base64."""
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._aead.encrypt(nonce, text.encode(), None)
        return _VERSION + base64.b64encode(sealed).decode()

    def decrypt(self, text: str) -> str:
        """The value in clear; ValueError for one that was not made with this key."""
        if not text.startswith(_VERSION):
            raise ValueError("not an encrypted value")
        sealed = base64.b64decode(text[len(_VERSION) :])
        try:
            return self._aead.decrypt(sealed[:_NONCE], sealed[_NONCE:], None).decode()
        except InvalidTag:
            raise ValueError("encrypted with another key") from None

    def blind(self, text: str) -> str:
        """A keyed hash under which equal values are equal, without regard to case and width of letters and to how accents
        are encoded. It tells more apart than search does: accents and traditional characters count, for the hash also
        keeps unique values apart. Whoever changes what it ignores has to make the stored hashes anew; a value whose hash
        was made otherwise is not found, and not held to be taken, until it is written again."""
        return hmac.new(self._blind, _compared(text).encode(), sha256).hexdigest()


def _compared(text: str) -> str:
    """NFKC makes full width half; lower case may bring back what it would have composed, hence twice."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"keyuan " + purpose).derive(secret)


def cipher_of(settings: Settings) -> FieldCipher:
    """The installation's cipher; its key file is made where there is none. Raises `CannotStart` if it cannot be."""
    if settings.secret_key:
        return FieldCipher(settings.secret_key.encode())
    path = settings.data_dir / FILE
    try:
        return FieldCipher(_key_file(path))
    except OSError as e:
        raise CannotStart(f"The key file {path} cannot be read or made: {e.strerror}.") from e


def _key_file(path: Path) -> bytes:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{FILE}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            # the first process to get there wins; a link never replaces the key another just made
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()
