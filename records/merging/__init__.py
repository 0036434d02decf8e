"""Two records of one person made one: every number stays with the person, everything moves, nothing is counted twice."""
