"""Examination terms, and who sits what in them."""
