"""The figures of sittings (duties O3, O7, U8)."""
