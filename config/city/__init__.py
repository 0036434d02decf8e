"""A synthetic city: invented people with marks, credits and cases, for the demonstration and for measuring (FORMATS).

Start reading in ``building.py``. Everything follows from the seed: people are drawn one by one (``people.py``) and streamed in by
COPY (``registering.py``); marks are drawn by the database itself, a sitting at a time (``marking.py``), and their credits enter
through the ledger like those of any publication (``publishing.py``). Cases move through the one door (``cases.py``).
"""
