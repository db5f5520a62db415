"""Ring 1a: a folder of YAML becomes core objects, or the file and the line that are wrong."""
