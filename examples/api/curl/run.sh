url=${GANTRY_URL:-http://127.0.0.1:8000}
auth="Authorization: Bearer ${GANTRY_API_KEY:-none}"

curl -sS --fail-with-body "$url/execute" -H "$auth" -H 'Content-Type: application/json' -d '{
  "language": "python",
  "code": "import sys\nprint(sum(map(int, sys.stdin)))",
  "input_data": "1\n2\n3\n"
}' | jq -r '.status, .stdout'
