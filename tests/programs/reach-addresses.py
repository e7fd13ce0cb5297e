# Prints those of the addresses on standard input, one `host port` a line, that take a connection.
import socket
import sys
from concurrent.futures import ThreadPoolExecutor


def reachable(line):
    host, port = line.split()
    try:
        with socket.create_connection((host, int(port)), timeout=3):
            return f"{host} {port}"
    except OSError:
        return None


with ThreadPoolExecutor(32) as pool:
    print("\n".join(filter(None, pool.map(reachable, sys.stdin.read().splitlines()))))
