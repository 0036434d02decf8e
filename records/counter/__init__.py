"""Looking up at the counter (L6): who stands there is noted with the proof, and the summary is printed.

The one thing that a district office does with records.
"""
