"""Where the web server listens."""

from __future__ import annotations

import argparse
import errno
import socket
import sys

from ..kernel.startup import CannotStart


def add_address(parser: argparse.ArgumentParser) -> None:
    """The flags for where the web server listens."""
    parser.add_argument("--port", metavar="N", help="port to serve on (KEYUAN_PORT, default 8000)")
    parser.add_argument(
        "--host", metavar="ADDRESS", help="address to serve on (KEYUAN_HOST, default 127.0.0.1)"
    )


def check_port(host: str, port: int) -> None:
    """Raise `CannotStart` if nobody could listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as trial:
            if sys.platform != "win32":
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except socket.gaierror as error:
        raise CannotStart(f"There is no address '{host}': give one of this machine with --host.") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotStart(
                f"Port {port} is taken by another program: stop it, or choose another port, such as --port {port + 1}."
            ) from error
        if error.errno == errno.EACCES:
            raise CannotStart(f"Port {port} is kept for root: choose one above 1023 with --port.") from error
        if error.errno == errno.EADDRNOTAVAIL:
            raise CannotStart(f"'{host}' is no address of this machine: choose one with --host.") from error
        raise CannotStart(f"Nothing can listen on {host} port {port}: {error.strerror}.") from error
