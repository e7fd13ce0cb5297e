import os

import requests

URL = os.environ.get("GANTRY_URL", "http://127.0.0.1:8000")

with requests.Session() as session:
    session.headers["Authorization"] = f"Bearer {os.environ.get('GANTRY_API_KEY', 'none')}"
    order = {"language": "python", "code": "import sys\nprint(sum(map(int, sys.stdin)))", "input_data": "1\n2\n3\n"}
    response = session.post(f"{URL}/execute", json=order, timeout=60)
    response.raise_for_status()
    result = response.json()
    print(result["status"])
    print(result["stdout"])
