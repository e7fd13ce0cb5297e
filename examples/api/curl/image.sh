url=${GANTRY_URL:-http://127.0.0.1:8000}
auth="Authorization: Bearer ${GANTRY_API_KEY:-none}"
json='Content-Type: application/json'

# There is no job when the image is there already.
job=$(curl -sS --fail-with-body "$url/images/create" -H "$auth" -H "$json" \
  -d '{"languages": ["node"], "packages": {"npm": ["ms@2.1.3"]}, "image_name": "with-ms", "wait_seconds": 0}' \
  | jq -r '.job_id // empty')
while [ -n "$job" ] && curl -sS "$url/jobs/$job?wait_seconds=30" -H "$auth" \
  | jq -e '.status | IN("pending", "running")' > /dev/null; do :; done

curl -sS --fail-with-body "$url/execute" -H "$auth" -H "$json" \
  -d '{"language": "node", "image_id": "with-ms", "code": "console.log(require(\"ms\")(\"2 days\"))"}' | jq -r .stdout
