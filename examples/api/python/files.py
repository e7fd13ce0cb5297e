import json
import os
import urllib.request

URL = os.environ.get("GANTRY_URL", "http://127.0.0.1:8000")
HEADERS = {"Authorization": f"Bearer {os.environ.get('GANTRY_API_KEY', 'none')}", "Content-Type": "application/json"}

order = {
    "language": "bash",
    "code": "sort in/words.txt > sorted.txt",
    "files": [{"path": "in/words.txt", "content": "pear\napple\nfig\n"}],
    "artifacts": ["*.txt"],
}
request = urllib.request.Request(f"{URL}/execute", json.dumps(order).encode(), HEADERS)
with urllib.request.urlopen(request, timeout=60) as response:
    result = json.load(response)
for artifact in result["artifacts"]:
    print(f"{artifact['path']}: {artifact['size']} bytes")
    with urllib.request.urlopen(urllib.request.Request(URL + artifact["url"], headers=HEADERS)) as content:
        print(content.read().decode(), end="")
