"""Keys of people and premises as codes: the same key gives the same code in one store, and cannot be read back.

The codes are keyed hashes; the secret lies in the store (`key-salt`), so codes of two stores do not match,
and without it nobody can try names against codes. Whoever holds store and salt can: keep both alike.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from forestall.errors import ForestallError
from forestall.evidence import tabular

if TYPE_CHECKING:
    import pyarrow as pa

_SALT = "key-salt"
_BYTES = 12  # 96 bits: two of a hundred million keys share a code with a chance of 1 in 10^13


def salt(store: Path) -> bytes:
    """The store's secret, made when it is first asked for."""
    path = Path(store) / _SALT
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            part = path.with_name(f".{_SALT}.{os.getpid()}")
            part.write_text(secrets.token_hex(32), encoding="ascii")
            part.chmod(0o600)
            try:
                os.link(part, path)  # fails where another process was first: then theirs counts
            except FileExistsError:
                pass
            finally:
                part.unlink()
        return bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as problem:
        raise ForestallError(
            f"The secret that turns keys into codes ({path}) cannot be read or written.",
            "Check the rights to it. If it is lost, keys of new imports will not match those of earlier ones.",
        ) from problem


def hash_columns(events: pa.Table, columns: Sequence[str], store: Path) -> pa.Table:
    """The events with the keys in these columns as codes; nulls stay null."""
    import pyarrow as pa

    secret = salt(store)
    for name in columns:
        if name not in events.column_names:
            continue
        keys = tabular.one_array(events.column(name).cast(pa.string()).dictionary_encode())
        codes = pa.array([code(key, secret) for key in keys.dictionary.to_pylist()], pa.string())
        hashed = pa.DictionaryArray.from_arrays(keys.indices, codes).dictionary_decode()
        events = events.set_column(events.column_names.index(name), name, hashed)
    return events


def code(key: str, secret: bytes) -> str:
    """The code of one key. A person has one code as victim, offender and caller."""
    return hashlib.blake2b(key.encode(), key=secret, digest_size=_BYTES).hexdigest()
