"""Tags that only the office needs."""

from __future__ import annotations
