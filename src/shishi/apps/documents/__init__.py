"""Briefs 简报: composed from figures, frozen with their citations, corrected only by an erratum."""
