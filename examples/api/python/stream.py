import json
import os
import urllib.request

URL = os.environ.get("GANTRY_URL", "http://127.0.0.1:8000")
HEADERS = {"Authorization": f"Bearer {os.environ.get('GANTRY_API_KEY', 'none')}", "Content-Type": "application/json"}

order = {"language": "bash", "code": "for i in 1 2 3; do echo step $i; sleep 0.3; done"}
request = urllib.request.Request(f"{URL}/execute/stream", json.dumps(order).encode(), HEADERS)
with urllib.request.urlopen(request, timeout=60) as response:
    execution = json.load(response)["execution_id"]

result = None
last = 0
while result is None:  # A stream that ends without a result is not finished: connect again, from the last number on.
    resume = {"Last-Event-ID": str(last)} if last else {}
    request = urllib.request.Request(f"{URL}/executions/{execution}/stream", headers={**HEADERS, **resume})
    with urllib.request.urlopen(request, timeout=60) as stream:
        event = {}
        for line in stream:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                event[name] = value
                continue
            if event.get("event") == "stdout":
                print(json.loads(event["data"])["text"], end="", flush=True)
            elif event.get("event") == "result":
                result = json.loads(event["data"])
            last = int(event.get("id", last))
            event = {}
print(result["status"])
