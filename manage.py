#!/usr/bin/env python
"""Kaoji's command line: brings the embedded servers up where no others are named, then runs the command."""

import os
import sys

from config import servers


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    servers.ensure(sys.argv[1:])
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
