"""Tries to reach others. Prints one line per try: what, and the name of the error or `reached`."""
import errno
import socket

for address in ["127.0.0.2", "169.254.169.254", "172.17.0.1", "10.0.0.1", "1.1.1.1"]:
    try:
        with socket.create_connection((address, 80), timeout=3):
            print(address, "reached")
    except OSError as error:
        print(address, errno.errorcode.get(error.errno, str(error)))
try:
    socket.getaddrinfo("example.com", 80)
    print("name", "resolved")
except socket.gaierror:
    print("name", "unknown")
print("interfaces", [name for _, name in socket.if_nameindex()])
with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
    print("own loopback", "works")
