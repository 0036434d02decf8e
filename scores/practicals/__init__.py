"""Practical links: experiments, internships, graduation design and thesis, arranged and marked by the universities (duty U6)."""
