"""The trail as people read it: search, the page of one event, export with proof, seals (K1: an auditor, a court, a head).

Start reading at ``sight.py`` (who sees what), then ``searching.py`` (what is looked for, by which index) and ``wording.py`` (an
event in plain words).
"""
