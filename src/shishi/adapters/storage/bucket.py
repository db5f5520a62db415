"""Files in a bucket of an object store that speaks S3 (Amazon's, MinIO, Ceph, the clouds' own), by boto3.

``s3://BUCKET`` or ``s3://BUCKET/PREFIX``. Where the store is and who may use it, boto3 takes from its own environment
(``AWS_ENDPOINT_URL``, ``AWS_REGION``, ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``) or files: no key passes through
here. What is put there is sealed by the house's own keys before it leaves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from shishi.core.errors import Misuse, Refused

if TYPE_CHECKING:
    from types import ModuleType

MARK = "s3://"
_GONE = ("404", "NoSuchKey", "NotFound")


class Bucket:
    """See :class:`shishi.adapters.storage.base.Storage`. Made once for a process: it keeps its connections."""

    def __init__(self, address: str) -> None:
        name, _, prefix = address.removeprefix(MARK).partition("/")
        if not address.startswith(MARK) or not name:
            raise Misuse("storage_malformed", f"SHISHI_FILES 写作“{address}”，应如 s3://桶名/前缀。")
        self._faults = _library("botocore.exceptions")
        self._bucket = name
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._client: Any = _library("boto3").client("s3")

    def put(self, name: str, content: bytes) -> None:
        """See :class:`shishi.adapters.storage.base.Storage`."""
        if not self.has(name):
            self._ask("put_object", Key=self._key(name), Body=content)

    def get(self, name: str) -> bytes:
        """See :class:`shishi.adapters.storage.base.Storage`."""
        found = self._ask("get_object", Key=self._key(name))
        if found is None:
            raise Refused("file_missing", f"文件 {name[:16]} 不在对象存储 {self._bucket} 中。请从备份恢复。")
        content: bytes = found["Body"].read()
        return content

    def has(self, name: str) -> bool:
        """See :class:`shishi.adapters.storage.base.Storage`."""
        return self._ask("head_object", Key=self._key(name)) is not None

    def names(self) -> Iterator[str]:
        """See :class:`shishi.adapters.storage.base.Storage`."""
        start: dict[str, str] = {}
        while True:
            page = self._ask("list_objects_v2", Prefix=self._prefix, **start) or {}
            yield from (item["Key"].rsplit("/", 1)[-1] for item in page.get("Contents", ()))
            if not page.get("IsTruncated"):
                return
            start = {"ContinuationToken": page["NextContinuationToken"]}

    def _key(self, name: str) -> str:
        return f"{self._prefix}{name[:2]}/{name}"

    def _ask(self, operation: str, **asked: object) -> Any:
        """What the store answers; ``None`` when the name is not there."""
        try:
            return getattr(self._client, operation)(Bucket=self._bucket, **asked)
        except self._faults.ClientError as fault:
            code = str(fault.response.get("Error", {}).get("Code", ""))
            if code in _GONE:
                return None
            raise _unusable(self._bucket, code) from fault
        except self._faults.BotoCoreError as fault:
            raise _unusable(self._bucket, str(fault)) from fault


def _unusable(bucket: str, why: str) -> Refused:
    message = f"对象存储 {bucket} 现在用不了（{why[:200]}）。请核对 SHISHI_FILES、网络和访问密钥后再试。"
    return Refused("storage_unusable", message)


def _library(name: str) -> ModuleType:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as missing:
        message = "用对象存储要先安装 boto3：tools/setup.sh extra s3。或去掉 SHISHI_FILES，把文件放在数据文件夹里。"
        raise Misuse("storage_library_missing", message) from missing
