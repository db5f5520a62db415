"""Packs 实事清单: a folder of YAML becomes core objects, or the file and line that is wrong.

Nothing is imported here: reading definitions back from the store (``canonical``) must not wait for the reader of YAML.
"""
