"""shishi 实事: from promise to proof."""

__version__ = "0.1.0"
