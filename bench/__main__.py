"""Runs the benchmarks named on the command line, or all of them."""

import sys
from importlib import import_module

from bench import city

NAMES = ("audits", "candidates", "certificates", "lookups", "publication", "result_day", "trail")


def main() -> None:
    """Bring the city up, then run one after the other."""
    names = sys.argv[1:] or NAMES
    unknown = set(names) - set(NAMES)
    if unknown:
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    city.stand()
    for name in names:
        print(f"== {name}")
        import_module(f"bench.{name}").run()


if __name__ == "__main__":
    main()
