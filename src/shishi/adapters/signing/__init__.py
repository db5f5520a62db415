"""Signatures 签名, and sealing for a named receiver: JOSE by the ``joserfc`` package, keys in a file beside the ring."""
