"""The hub: offices, people, catalogue, candidates, the credit ledger, registration, look-ups, jobs and imports.

Packages by subject, not layers. Start reading at ``candidates/models.py`` (whose record this is) and ``ledger/`` (the one way in
which a course comes to count); Regulations 1988 art. 24 opens the record, art. 25 says what it is kept for.
"""
