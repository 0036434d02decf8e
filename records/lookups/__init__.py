"""Ways a candidate looks things up without an account (L1, L4 to L8)."""
