"""Ring 3: the command line; it calls the same services as the web."""
