"""Webhooks 回调: telling another program by calling its address."""
