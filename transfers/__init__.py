"""Transfers of records: out of and into the province, and between universities (duties O5, U5). Its place is kept; nothing moves yet."""
