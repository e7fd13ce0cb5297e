import json
import os
import urllib.request

URL = os.environ.get("GANTRY_URL", "http://127.0.0.1:8000")
HEADERS = {"Authorization": f"Bearer {os.environ.get('GANTRY_API_KEY', 'none')}", "Content-Type": "application/json"}

order = {"language": "python", "code": "import sys\nprint(sum(map(int, sys.stdin)))", "input_data": "1\n2\n3\n"}
request = urllib.request.Request(f"{URL}/execute", json.dumps(order).encode(), HEADERS)
with urllib.request.urlopen(request, timeout=60) as response:
    result = json.load(response)
print(result["status"])
print(result["stdout"])
