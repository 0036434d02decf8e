"""Course exemption: a course counted on the strength of a credential (duties U4, O4; Regulations 1988 art. 22).

Start reading at ``workflow.py``.
"""
