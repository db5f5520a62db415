"""Installed packs and what they define, in two times."""
