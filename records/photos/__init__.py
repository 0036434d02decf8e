"""Photos of candidates: checked by size, ratio and background as the office sets, looked at by a clerk before they count."""
