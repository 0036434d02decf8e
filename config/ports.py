"""Finding the port at which the web process listens."""

import errno
import socket

TRIES = 100


def free_port(host: str, wanted: int) -> int:
    """``wanted``, or the next port that nobody has; OSError when none of a hundred is free."""
    for port in range(wanted, min(wanted + TRIES, 65536)):
        if _is_free(port, host):
            return port
    raise OSError(f"no free port from {wanted} on")


def _is_free(port: int, host: str) -> bool:
    """Nobody listens there; for this machine's own name, also not at its IPv6 address, which browsers try first."""
    hosts = [(socket.AF_INET, host)]
    if host == "127.0.0.1" and socket.has_ipv6:
        hosts.append((socket.AF_INET6, "::1"))
    return all(_can_bind(family, address, port) for family, address in hosts)


def _can_bind(family: socket.AddressFamily, address: str, port: int) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except OSError as error:
        return error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}  # no such address here: nobody listens at it either
    return True
