"""The paper archive (K3): where each candidate's file lies, what is in it, and what the university reports of it to the city.

Start reading in ``filing.py`` (files are opened, corrections' papers filed) and ``keeping.py`` (what a clerk does with a file).
"""
