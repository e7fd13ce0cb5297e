"""Fills a place: `bytes` of one file, or `inodes` with empty files. Prints how many there was room for, and the error."""
import os
import sys

what, place = sys.argv[1], sys.argv[2]
count = 0
try:
    if what == "bytes":
        with open(f"{place}/big", "wb", buffering=0) as file:
            while True:
                count += file.write(bytes(65536))
    while True:
        os.close(os.open(f"{place}/{count}", os.O_CREAT | os.O_WRONLY))
        count += 1
except OSError as error:
    print(count, error.errno)
    sys.exit(1)
