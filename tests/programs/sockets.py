"""Which socket families it may have: prints the numbers of those that open."""
import socket

opened = []
for family in range(50):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            socket.socket(family, kind, 0).close()
            opened.append((family, int(kind)))
        except OSError:
            pass
print(opened)
