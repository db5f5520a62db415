"""The one Spark session of this process: made when the first question is asked, quiet, and bound to this machine
unless a cluster is named."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from shishi.core.errors import Misuse

if TYPE_CHECKING:
    from pyspark import SparkConf
    from pyspark.sql import SparkSession

_MEANING = {
    # What must be so for the answers to be right, wherever Spark runs.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
}
_QUIET = {
    "spark.app.name": "shishi",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.catalogImplementation": "in-memory",
}
_LOCAL = {
    # Nobody else may reach this driver, and few cores want few tasks.
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
}
_SESSIONS: dict[tuple[str, int], SparkSession] = {}
_WAY_OUT = "在 Debian 上可在 shishi 的目录运行 tools/spark.sh 安装；也可改用 --engine duckdb，所得的数完全一致。"


def session(master: str, log: Path) -> SparkSession:
    """``master`` is ``local[…]`` or the address of a cluster. What Spark says goes into the file ``log``. ``Misuse``
    (spark_missing, java_missing, spark_failed) says what is lacking."""
    asked = master, os.getpid()
    if asked not in _SESSIONS:
        _SESSIONS[asked] = _started(master, log)
    return _SESSIONS[asked]


def _started(master: str, log: Path) -> SparkSession:
    try:
        from pyspark import SparkConf, SparkContext
        from pyspark.java_gateway import launch_gateway
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise Misuse("spark_missing", f"没有安装 PySpark，不能用 Spark 计算。{_WAY_OUT}") from error
    if not _has_java():
        raise Misuse("java_missing", f"没有找到 Java（须 17 或更新），不能用 Spark 计算。{_WAY_OUT}")
    conf = _configured(SparkConf(), master)
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        with log.open("ab") as told:
            # Neither on a page nor into the one document on standard output.
            gateway = launch_gateway(conf, popen_kwargs={"stdout": told, "stderr": told})
        context = SparkContext(conf=conf, gateway=gateway)
    except Exception as error:
        message = f"Spark（{master}）没有启动，原因见 {log} 末尾。请核对 SHISHI_SPARK 和 Java 的版本。{_WAY_OUT}"
        raise Misuse("spark_failed", message) from error
    context.setLogLevel("ERROR")
    return SparkSession(context)


def _has_java() -> bool:
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=str(Path(home) / "bin") if home else None) is not None


def _configured(conf: SparkConf, master: str) -> SparkConf:
    """Spark itself reads the administrator's spark-defaults.conf; what decides the answers stands above it."""
    conf.setMaster(master)
    for name, value in (_MEANING | _QUIET | (_LOCAL if master.startswith("local") else {})).items():
        conf.set(name, value)
    return conf
