"""Words and drawings of the portal."""
