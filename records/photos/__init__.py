"""Photos of candidates: checked by size, ratio and background as the office sets, looked at by a clerk before they count.

A record's first photo comes in here: ``checking`` measures it, ``taking`` brings it into the record. Once there is one, another
takes its place by a correction only (K2).
"""
