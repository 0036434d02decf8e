"""Pages of messages: batches and the log for staff, the inbox for candidates."""
