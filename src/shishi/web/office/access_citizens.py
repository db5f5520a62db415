"""The citizens' side in the access table: its routes by whom they are for. The pages hold each thing to its owner."""

from __future__ import annotations

READ = ("find", "guide", "nothing_here")
"""For everybody, only to look at."""
OPEN = (
    "sign-in", "sign-in-code", "sign-out", "elsewhere", "onward", "come-back",
    "progress", "progress-code", "progress-case", "progress-diagram",
)  # fmt: skip
"""For everybody, with forms: the ways in."""
OWN = (
    "mine", "identity", "begin", "question", "papers", "check", "keep", "case", "case-diagram", "act",
    "complain", "carry", "carried", "leave", "back",
)  # fmt: skip
"""For citizens who are signed in, about their own matters; who is not signed in is sent to do that."""
MACHINES = ("services:system-ticket", "services:system-outcome", "idp:oidc:token", "idp:oidc:revoke")
"""For outside systems, which prove by client and secret who they are."""
PROVIDER = ("idp:oidc:configuration", "idp:oidc:jwks", "idp:oidc:authorization")
ELSEWHERE = ("openid_connect_login", "openid_connect_callback")
TOLD = ("idp:oidc:userinfo",)
