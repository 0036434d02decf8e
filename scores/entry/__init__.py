"""Marks on their way in: files staged, checked as a whole and entered; keyed twice by two people."""
