"""The look, in one place: tokens, the page that all pages extend, and how a figure is shown."""
