"""Certificates and keys in files: what is wrong is said of the file with which it is wrong."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from marsad.links.certificates import authorities_fault, pair_faults

NOW = datetime.now(UTC)
AUTHORITY = trustme.CA()


def written(
    folder: Path, name: str = "own", begin: datetime | None = None, end: datetime | None = None
) -> tuple[str, str]:
    leaf = AUTHORITY.issue_cert("gate.example", not_before=begin, not_after=end)
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_bytes(b"".join(one.bytes() for one in leaf.cert_chain_pems))
    key.write_bytes(leaf.private_key_pem.bytes())
    return str(certificate), str(key)


def test_a_pair_that_is_good_has_no_fault(tmp_path: Path) -> None:
    assert list(pair_faults(*written(tmp_path))) == []


@pytest.mark.parametrize(
    ("begin", "end", "said"),
    [
        (None, NOW - timedelta(days=1), "has expired"),
        (NOW + timedelta(days=1), NOW + timedelta(days=2), "is not valid yet"),
    ],
)
def test_one_that_is_not_valid_now_is_told(
    tmp_path: Path, begin: datetime | None, end: datetime, said: str
) -> None:
    certificate, key = written(tmp_path, begin=begin, end=end)
    assert list(pair_faults(certificate, key)) == [("certificate", f"{certificate}: {said}")]


def test_a_key_of_another_and_one_with_a_pass_phrase(tmp_path: Path) -> None:
    certificate, key = written(tmp_path)
    _, other = written(tmp_path, "other")
    ((which, said),) = pair_faults(certificate, other)
    assert which == "key" and said.startswith(f"{other}: is not the key of {certificate}")
    private = load_pem_private_key(Path(key).read_bytes(), None)
    locked = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    Path(key).write_bytes(locked)
    ((which, said),) = pair_faults(certificate, key)
    assert which == "key" and "has a pass phrase" in said


def test_what_is_missing_unreadable_or_no_pem_is_told_of_each_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.pem").write_text("nonsense")
    missing, folder, text = (str(tmp_path / name) for name in ("none.pem", "folder", "text.pem"))
    assert list(pair_faults(missing, folder)) == [
        ("certificate", f"there is no file {missing!r}"),
        ("key", f"{folder}: cannot be read: Is a directory"),
    ]
    assert list(pair_faults(text, text)) == [
        ("certificate", f"{text}: holds no PEM certificate"),
        ("key", f"{text}: holds no PEM private key"),
    ]
    assert authorities_fault(missing) == f"there is no file {missing!r}"
    assert authorities_fault(text) == f"{text}: holds no PEM certificate"
    AUTHORITY.cert_pem.write_to_path(text)
    assert authorities_fault(text) is None
