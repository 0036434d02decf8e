"""Graduation: the rule engine over compiled plans, the audit of one and of many, applications and diplomas (duties U7, O6).

Start reading at ``engine.py`` (whether a plan is complete, and why), then ``rules.py`` (the conditions beside it) and
``workflow.py``. Regulations 1988 art. 25 to 27.
"""
