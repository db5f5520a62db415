"""Received and generated files, encrypted at rest, addressed by the hash of their content."""
