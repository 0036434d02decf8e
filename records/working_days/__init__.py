"""Working days: the week, public holidays and make-up working days, and deadlines counted in them."""
