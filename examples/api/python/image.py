import json
import os
import urllib.request

URL = os.environ.get("GANTRY_URL", "http://127.0.0.1:8000")
HEADERS = {"Authorization": f"Bearer {os.environ.get('GANTRY_API_KEY', 'none')}", "Content-Type": "application/json"}


def call(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(URL + path, data, HEADERS), timeout=60) as response:
        return json.load(response)


order = {"languages": ["node"], "packages": {"npm": ["ms@2.1.3"]}, "image_name": "with-ms", "wait_seconds": 0}
job = call("/images/create", order)
while job["status"] in ("pending", "running"):
    job = call(f"/jobs/{job['job_id']}?wait_seconds=30")
if job["status"] != "completed":
    raise SystemExit(f"The image could not be built: {job}")

code = 'console.log(require("ms")("2 days"))'
print(call("/execute", {"language": "node", "image_id": "with-ms", "code": code})["stdout"])
