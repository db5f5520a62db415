"""Where everybody looks: the promises, what is there of them, and what people think
of it. No login, no script needed."""
