"""Serve forks of a process that has imported the libraries of one kind of job."""

import argparse
import socket

from mmpeft.startup.libraries import KINDS
from mmpeft.startup.template import serve


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=sorted(KINDS), required=True)
    parser.add_argument("--listener", type=int, required=True, help="descriptor of its socket")
    args = parser.parse_args()
    serve(args.kind, socket.socket(fileno=args.listener))


if __name__ == "__main__":
    main()
