url=${GANTRY_URL:-http://127.0.0.1:8000}
auth="Authorization: Bearer ${GANTRY_API_KEY:-none}"
json='Content-Type: application/json'

# A refusal is a problem with a stable code. Nothing was run.
curl -sS "$url/execute" -H "$auth" -H "$json" -d '{"language": "latin", "code": "salve"}' \
  | jq -r '"\(.status) \(.code), repeat: \(.retryable)"'

# No answer? With a key of your own a repeat finds the execution that the first try began. --retry does it for 503, 429 and time-outs.
key=$(cat /proc/sys/kernel/random/uuid)
for try in 1 2; do
  curl -sS --retry 5 --retry-connrefused "$url/execute" -H "$auth" -H "$json" -H "Idempotency-Key: $key" \
    -d '{"language": "python", "code": "raise SystemExit(3)"}' | jq -r .execution_id
done | uniq | wc -l
