import sys

sys.stdout.write("out häl\U0001f600o\n")
sys.stdout.flush()
sys.stderr.write("err ün\n")
sys.stdout.buffer.write(b"\x00\xff raw, no newline at the end")
