"""Machines 接口程序: programs that ask and tell over the API, with a token each, and where they want to be called."""
