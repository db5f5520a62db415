"""Processes 流程: what moves a case from step to step. ``base`` tells the port and its engines."""
