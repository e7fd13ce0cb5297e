"""Writes the same text to stdout in single bytes, a moment apart, so that it leaves in many pieces."""
import os
import sys
import time

for byte in sys.argv[1].encode():
    os.write(1, bytes([byte]))
    time.sleep(0.002)
