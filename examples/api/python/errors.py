import json
import os
import time
import urllib.error
import urllib.request
import uuid

URL = os.environ.get("GANTRY_URL", "http://127.0.0.1:8000")
HEADERS = {"Authorization": f"Bearer {os.environ.get('GANTRY_API_KEY', 'none')}", "Content-Type": "application/json"}


def execute(order, key, tries=5):
    """Repeats what may pass. The key makes every repeat find what the first try began."""
    body = json.dumps(order).encode()
    request = urllib.request.Request(f"{URL}/execute", body, {**HEADERS, "Idempotency-Key": key})
    for left in reversed(range(tries)):
        wait = 1
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            if not problem["retryable"] or left == 0:
                raise RuntimeError(f"{error.code} {problem['code']}, repeat: {str(problem['retryable']).lower()}")
            wait = int(error.headers.get("Retry-After", wait))
        except OSError:  # No answer: it may have been accepted.
            if left == 0:
                raise
        time.sleep(wait)


# A refusal is a problem with a stable code. Nothing was run.
try:
    execute({"language": "latin", "code": "salve"}, str(uuid.uuid4()))
except RuntimeError as error:
    print(error)

key = str(uuid.uuid4())
order = {"language": "python", "code": "raise SystemExit(3)"}
print(len({execute(order, key)["execution_id"] for _ in range(2)}))
