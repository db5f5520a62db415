"""shishi 实事: from promise to proof."""

from __future__ import annotations

__version__ = "0.1.0"
