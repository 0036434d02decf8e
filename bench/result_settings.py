"""The portal's settings with the addresses of the benchmark."""

from config.settings import *  # noqa: F403 - a settings module is the other one with a difference

ROOT_URLCONF = "bench.result_urls"
