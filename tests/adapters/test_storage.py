"""The port's conformance suite: a folder and a bucket keep the same promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shishi.adapters.storage.base import Storage
from shishi.adapters.storage.bucket import Bucket
from shishi.adapters.storage.folder import Folder
from shishi.core.errors import Misuse, Refused

NAME, OTHER = "ab" * 32, "cd" * 32


@pytest.fixture(params=["folder", "bucket", "bucket with prefix"])
def storage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    """Every implementation, empty. The bucket is a stand-in within the process: nothing leaves it."""
    if request.param == "folder":
        yield Folder(tmp_path / "files")
        return
    import boto3
    from moto import mock_aws

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "nobodys")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="kept")
        yield Bucket("s3://kept" if request.param == "bucket" else "s3://kept/of/one/house/")


def test_what_is_put_is_got_and_named(storage: Storage) -> None:
    assert list(storage.names()) == []
    storage.put(OTHER, b"second")
    storage.put(NAME, bytes(range(256)) * 100)
    assert storage.get(NAME) == bytes(range(256)) * 100
    assert (storage.has(NAME), storage.has("ef" * 32)) == (True, False)
    assert list(storage.names()) == [NAME, OTHER]


def test_a_name_keeps_its_first_content(storage: Storage) -> None:
    storage.put(NAME, b"first")
    storage.put(NAME, b"another")
    assert storage.get(NAME) == b"first"


def test_what_is_not_there_is_told_with_the_way_out(storage: Storage) -> None:
    with pytest.raises(Refused, match="请从备份恢复") as refused:
        storage.get(NAME)
    assert refused.value.code == "file_missing"


def test_a_half_written_file_is_not_there(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    (tmp_path / "ab").mkdir()
    (tmp_path / "ab" / f"{NAME}.77.part").write_bytes(b"half")
    assert not folder.has(NAME)
    assert list(folder.names()) == []


def test_a_bucket_that_is_not_there_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    from moto import mock_aws

    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws(), pytest.raises(Refused) as refused:
        Bucket("s3://nowhere").put(NAME, b"x")
    assert refused.value.code == "storage_unusable"
    with pytest.raises(Misuse) as wrong:
        Bucket("file:///tmp")
    assert wrong.value.code == "storage_malformed"
