"""The trail and the one workflow mechanism: nothing moves, and nobody looks, without an entry here.

Imports no other app. Start reading at ``workflow.py`` (``Workflow.take``, the one door), then ``models.py`` (the trail's one
append-only table) and ``acting.py`` (how the actor of a transaction reaches the database triggers).
"""
