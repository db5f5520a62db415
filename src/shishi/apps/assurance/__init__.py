"""Assurance 佐证与核实: which groups of which rows have evidence, and which were verified."""
