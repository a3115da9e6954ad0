#!/usr/bin/env bash
# One road of bench.sh: rules over a capture by what others have for it, from the
# files of the capture to the answer. What a road needs is started on loopback ports
# and waited for, so that its time counts.
#
#	signals/replay/bench-peers.sh prometheus|victoria WORK CAPTURE RULES
#
# WORK holds the command, scrapebook, and is where the road keeps what it makes.
# PROMTOOL, PROMETHEUS, VICTORIA and VMALERT are the programs (default: what the PATH
# has). What it finds goes to standard output.
set -euo pipefail
road=$1 work=$2 capture=$3 rules=$4
sb=$work/scrapebook
data=$work/road-$road
rm -rf "$data" && mkdir "$data"
server=
stop() {
	[ -z "$server" ] || { kill "$server" && wait "$server" || true; }
	rm -rf "$data"
}
trap stop EXIT
# ready URL: until a server answers there.
ready() {
	for _ in $(seq 300); do
		curl -fso "$data/ready" "$1" && return
		sleep 0.05
	done
	tail -n 3 "$data/log" >&2
	exit 1
}
span() { # start and end of the capture, RFC 3339
	"$sb" inspect "$capture" --format json | sed -n '/"targets": \[/q; s/^ *"\(start\|end\)": "\(.*\)",$/\2/p'
}

case $road in
prometheus) # blocks made of what export writes, a server over them, a range query a rule
	mapfile -t at < <(span)
	"$sb" export "$capture" --to openmetrics -o "$data/capture.om" --quiet >"$data/said"
	"${PROMTOOL:-promtool}" tsdb create-blocks-from openmetrics "$data/capture.om" "$data/tsdb" >"$data/said"
	echo '{}' >"$data/prometheus.yml"
	"${PROMETHEUS:-prometheus}" --config.file="$data/prometheus.yml" --storage.tsdb.path="$data/tsdb" \
		--storage.tsdb.retention.time=50y --web.listen-address=127.0.0.1:19390 >"$data/log" 2>&1 &
	server=$!
	ready http://127.0.0.1:19390/-/ready
	sed -n 's/^ *expr: //p' "$rules" | while read -r expr; do
		curl -fsS http://127.0.0.1:19390/api/v1/query_range --data-urlencode "query=$expr" \
			-d "start=${at[0]}" -d "end=${at[1]}" -d step=15
	done
	;;
victoria) # what push sends, and vmalert over it
	mapfile -t at < <(span)
	"${VICTORIA:-victoria-metrics}" -storageDataPath="$data/vm" -retentionPeriod=50y \
		-httpListenAddr=127.0.0.1:19428 -search.latencyOffset=0s >"$data/log" 2>&1 &
	server=$!
	ready http://127.0.0.1:19428/health
	"$sb" push "$capture" --to http://127.0.0.1:19428/api/v1/write --quiet >"$data/said"
	curl -fsS http://127.0.0.1:19428/internal/force_flush
	"${VMALERT:-vmalert}" -rule="$rules" -datasource.url=http://127.0.0.1:19428 -remoteWrite.url=http://127.0.0.1:19428 \
		-replay.timeFrom="${at[0]}" -replay.timeTo="${at[1]}" -replay.rulesDelay=0s 2>&1
	;;
*)
	echo "no such road: $road" >&2
	exit 2
	;;
esac
