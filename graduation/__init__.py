"""Graduation: the rule engine over compiled plans, the audit of one and of many, applications and diplomas (duties U7, O6).

Start reading at ``engine.py`` (whether a plan is complete, and why), then ``conditions.py`` (what is asked beside it),
``auditing.py`` (one or many candidates out of the database), ``rules.py`` and ``workflow.py`` (an application from desk to desk).
Regulations 1988 art. 25 to 27.
"""
