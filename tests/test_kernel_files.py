"""Files of kernels are opened only as they were written."""

from pathlib import Path

import pytest

from marsad.kernel_files import DamagedKernelError, StaleKernelError, opened, sealed


def test_content_comes_back_for_what_it_was_made_from(tmp_path: Path) -> None:
    path = tmp_path / "fold.1.nbc"
    path.write_bytes(sealed(b"code", b"sources"))
    assert opened(path, b"sources") == b"code"
    with pytest.raises(StaleKernelError, match="other sources"):
        opened(path, b"sources of today")


def test_every_changed_bit_and_every_missing_end_is_found(tmp_path: Path) -> None:
    path, whole = tmp_path / "fold.1.nbc", sealed(b"code", b"sources")
    for place in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        path.write_bytes(changed)
        with pytest.raises(DamagedKernelError):
            opened(path, b"sources")
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedKernelError):
            opened(path, b"sources")


def test_what_an_earlier_version_left_is_absent_but_not_damaged(tmp_path: Path) -> None:
    path = tmp_path / "fold.nbi"
    path.write_bytes(b"\x80\x04\x95 a pickle")
    with pytest.raises(StaleKernelError, match="another version"):
        opened(path, b"sources")
