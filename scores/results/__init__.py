"""The published marks of a sitting for who holds ticket and identity number (L8)."""
