"""Admission tickets (准考证) on paper: one, or all of a selection as a job."""
