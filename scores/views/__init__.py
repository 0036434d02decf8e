"""Pages of the scores app, by subject."""
