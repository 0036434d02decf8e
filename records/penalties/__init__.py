"""Penalties that reach beyond a mark: suspension and delayed graduation, for registration, transfers and graduation to ask."""
