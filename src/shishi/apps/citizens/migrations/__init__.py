"""Accounts of citizens."""
