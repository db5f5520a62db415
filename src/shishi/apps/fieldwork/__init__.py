"""Fieldwork 走访巡查: visits, the problems that they find, and what devices in the field send in."""
