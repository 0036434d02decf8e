"""Uploaded proofs: kept outside the web root, checked by content, served only through a view that asks and logs."""
