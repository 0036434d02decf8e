"""Keeping marks: nothing is deleted before its time, and every year a signed snapshot that can be verified without Kaoji."""
