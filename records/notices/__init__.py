"""What the offices announce: notices, and the windows (办理时间) in which something may be applied for."""
