"""Ring 1b: the outside world, without Django; one folder per kind, each with its port in ``base``."""
