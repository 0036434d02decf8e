"""Offices: the municipal office, the host universities and the district offices; who represents them and what they reach."""
