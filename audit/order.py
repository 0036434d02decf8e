"""What is final, in SQL: rows come in the order of their transactions, and of what still runs nothing is known."""

# a condition on the column ``transaction``: it and all before it have ended, nothing can come in between any more
FINAL = "transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint + kaoji_shift()"
# behind every transaction of which rows can be seen, unless they came from another server
NEXT = """(GREATEST(pg_snapshot_xmax(pg_current_snapshot())::text::bigint, pg_current_xact_id_if_assigned()::text::bigint + 1)
           + kaoji_shift())"""
