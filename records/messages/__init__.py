"""Short messages and mails: a row each, carried by a task after the commit, so that no request waits for a carrier.

Send with ``sending.send``; what carries a message is ``outbox.py`` (files of the embedded installation, FORMATS: Environment).
"""
