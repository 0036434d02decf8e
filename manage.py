#!/usr/bin/env python
"""Kaoji's command line: brings the embedded servers up where no others are named, then runs the command."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from config import schema, servers
from config.postgresql import Fault


def main() -> None:
    """Run the command; what keeps it from starting is said in plain words."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        servers.ensure(sys.argv[1:])
        schema.ensure(sys.argv[1:])
        execute_from_command_line(sys.argv)
    except (Fault, ImproperlyConfigured) as fault:
        sys.exit(str(fault))


if __name__ == "__main__":
    main()
