"""Candidates: their numbers and the keys by which their names are found and sorted."""
