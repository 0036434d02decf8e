"""Marks: sittings, their import, publication and statistics (duty O3; Regulations 1988 art. 18 and 19).

Start reading at ``models.py`` (what is published and what is not), then ``importing.py`` and ``publication.py``.
"""
