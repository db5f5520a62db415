"""Joint decisions 业主共同决定: register, ballots, objections, cost sharing, and the protocol that is frozen at the end."""
