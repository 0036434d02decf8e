"""Registering candidates: single, by file, a second major; tickets and numbers issued (duty U3)."""
