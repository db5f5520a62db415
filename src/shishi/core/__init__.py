"""Ring 0: what the words mean, in plain Python. No clock, no files, no network; the day is an argument."""
