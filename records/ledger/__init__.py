"""The credit ledger: the one way in which a course comes to count for a candidate, and ceases to.

``scores``, ``exemptions`` and ``transfers`` enter and revoke through ``ledger/book.py`` and nowhere else; ``graduation``,
certificates and the personal space read credits and never ask where they came from. Every change is appended to a feed that each
follower reads from its own cursor (``ledger/feed.py``). The first credit by examination opens the record (Regulations art. 24).
"""
