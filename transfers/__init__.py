"""Transfers of records: out of and into the province, and between universities (duties O5, U5). Nothing moves here yet."""
