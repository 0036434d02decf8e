"""Commands of the scores app."""
