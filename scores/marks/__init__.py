"""Marks themselves: one row an attempt."""
