"""Who has which duty, and who may say so: heads appoint within their own office, the municipal head appoints the heads.

``duties.py`` says what a duty is and who holds it, ``rules.py`` asks (everything that is wrong, as ``Problem``), ``moves.py``
gives, takes and ends duties, ``joining.py`` brings people into an office and lets them go, ``heads.py`` makes the first head,
``places.py`` says who belongs where. Whoever is refused for want of authority leaves a line in the trail. Why appointments and
not groups: docs/decisions/0006-appointments.md.
"""
