"""Penalties that reach beyond a mark: suspension and delayed graduation, known to registration, transfers and graduation alike."""
