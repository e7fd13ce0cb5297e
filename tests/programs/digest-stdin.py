import hashlib
import sys

content = sys.stdin.buffer.read()
print(len(content), hashlib.sha256(content).hexdigest())
