"""Sphinx settings. The build uses no network and treats every warning as an error."""

from __future__ import annotations

from shishi import __version__

project = "shishi 实事"
author = "the shishi authors"
copyright = "2026, the shishi authors"
release = __version__
extensions = ["myst_parser"]
myst_enable_extensions = ["deflist", "fieldlist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "shishi 实事"
html_theme_options = {"source_repository": "", "top_of_page_buttons": []}
html_copy_source = False
language = "en"
