"""Drafts and hand-overs."""
