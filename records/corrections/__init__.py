"""Corrections (K2): the candidate with proof → the university checks the original → the city verifies → one named editor."""
