url=${GANTRY_URL:-http://127.0.0.1:8000}
auth="Authorization: Bearer ${GANTRY_API_KEY:-none}"

id=$(curl -sS --fail-with-body "$url/execute/stream" -H "$auth" -H 'Content-Type: application/json' \
  -d '{"language": "bash", "code": "for i in 1 2 3; do echo step $i; sleep 0.3; done"}' | jq -r .execution_id)

# -N: print each event as it comes. The field `text` is what the program wrote; `result` is the last event.
curl -sSN "$url/executions/$id/stream" -H "$auth" | sed -un 's/^data: //p' | jq --unbuffered -rj '.text // empty'
curl -sS "$url/executions/$id" -H "$auth" | jq -r .status
