"""Ring 3: what is seen; it stores nothing."""
