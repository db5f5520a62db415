"""Cases 办件: matters of people, firms and offices on their way through the steps of a
process, and one thread of each."""
