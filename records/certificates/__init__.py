"""Certificates that prove themselves: typeset, signed, numbered, verifiable, superseded when the facts change, revocable.

Start with ``issuing.py``; ``typesetting.py`` makes the pages, ``signing.py`` the signature, ``verifying.py`` the answers of L7.
"""
