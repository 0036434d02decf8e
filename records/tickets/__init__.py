"""Admission tickets (准考证): one at the desk or from the personal space, many in a job; a page each, A5 across.

``contents`` says what stands on a ticket, ``printing`` sets one, ``selecting`` and ``batching`` many.
"""
