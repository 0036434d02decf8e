"""Batches that survive: a row is the truth, the message only a wake-up; watched on a page with a progress bar."""
