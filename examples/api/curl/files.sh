url=${GANTRY_URL:-http://127.0.0.1:8000}
auth="Authorization: Bearer ${GANTRY_API_KEY:-none}"

result=$(curl -sS --fail-with-body "$url/execute" -H "$auth" -H 'Content-Type: application/json' -d '{
  "language": "bash",
  "code": "sort in/words.txt > sorted.txt",
  "files": [{"path": "in/words.txt", "content": "pear\napple\nfig\n"}],
  "artifacts": ["*.txt"]
}')
jq -r '.artifacts[] | "\(.path): \(.size) bytes"' <<< "$result"
curl -sS "$url$(jq -r '.artifacts[0].url' <<< "$result")" -H "$auth"
