"""Self-service terminals at exam sites (L4): three numbers on a keypad, the summary of a record, and nothing stays behind."""
