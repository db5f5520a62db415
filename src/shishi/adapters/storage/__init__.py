"""Where kept files lie: a folder, or a bucket of an object store. What lies there is sealed already."""
