import json
import os

import requests

URL = os.environ.get("GANTRY_URL", "http://127.0.0.1:8000")

with requests.Session() as session:
    session.headers["Authorization"] = f"Bearer {os.environ.get('GANTRY_API_KEY', 'none')}"
    order = {"language": "bash", "code": "for i in 1 2 3; do echo step $i; sleep 0.3; done"}
    submitted = session.post(f"{URL}/execute/stream", json=order, timeout=60)
    submitted.raise_for_status()
    stream_url = f"{URL}/executions/{submitted.json()['execution_id']}/stream"

    result = None
    last = 0
    while result is None:  # A stream that ends without a result is not finished: connect again, from the last number on.
        resume = {"Last-Event-ID": str(last)} if last else {}
        with session.get(stream_url, headers=resume, stream=True, timeout=60) as stream:
            stream.raise_for_status()
            event = {}
            for line in stream.iter_lines(chunk_size=1, decode_unicode=True):
                name, _, value = line.partition(": ")
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
