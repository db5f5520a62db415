"""Ring 2: what is stored, written and read."""
