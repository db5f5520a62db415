"""How messages travel from one instance to another: sealed, over HTTP or as files for networks that never touch."""
