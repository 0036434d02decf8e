"""People: who they are by their documents, and how that is kept secret (HOUSE: personal data)."""
