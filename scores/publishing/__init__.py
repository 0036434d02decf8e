"""Publication by two people, and what follows from it."""
