"""Workbooks 工作簿: the templates that go out, the filled ones that come in, the marked ones that go back, the exports.

Nothing is imported here: the child process that opens foreign files starts with only what it needs.
"""
