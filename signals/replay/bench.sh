#!/usr/bin/env bash
# The tables of BENCHMARKS.md. Peers take turns, so that a busy moment hits all of them;
# a cell is the median of RUNS runs.
#
#   signals/replay/bench.sh [DIR]
#
# DIR is where captures are made and kept (default: a temporary folder). RUNS is 5
# unless set; NAIVE=0 leaves out the slowest peer. LONG=1 adds captures four and
# sixteen times as long. It needs Go, GNU time, the yardstick beside the
# repository (../shared/bench) and 2 GB of disk, 6 GB with LONG=1.
set -euo pipefail
cd "$(dirname "$0")/../.."
shared=$(realpath "${SHARED:-../shared}")
dir=${1:-$(mktemp -d)}
mkdir -p "$dir"
runs=${RUNS:-5}
rules=$shared/bench/rules.yml

build() { # NAME FOLDER: of the yardstick, whose folder is read-only
	rm -rf "$dir/src-$1" && cp -r "$2" "$dir/src-$1" && chmod -R u+w "$dir/src-$1"
	(cd "$dir/src-$1" && go build -o "$dir/$1" .)
}
build gen "$shared/bench/gen"
build baseline "$shared/bench/baseline"
go build -trimpath -ldflags='-s -w' -o "$dir/scrapebook" ./cmd/scrapebook

make() { [ -d "$dir/$1" ] || "$dir/gen" -out "$dir/$1" -targets "$2" -scrapes "$3" >/dev/null; }
make small 3 240
make big 50 240

# measure LABEL COMMAND…: one run, "LABEL<TAB>seconds cpu-seconds kilobytes".
measure() {
	local label=$1
	shift
	/usr/bin/time -f "%e %U %S %M" -o "$dir/time" "$@" >/dev/null 2>"$dir/stderr" || { cat "$dir/stderr" >&2; exit 1; }
	awk -v l="$label" '{printf "%s\t%s %s %s\n", l, $1, $2+$3, $4}' "$dir/time" >>"$dir/runs"
}
# row LABEL: its medians.
row() {
	awk -F'\t' -v l="$1" '$1 == l {print $2}' "$dir/runs" >"$dir/of"
	local cells=""
	for column in 1 2 3; do
		cells="$cells $(awk -v c=$column '{print $c}' "$dir/of" | sort -n | awk '{v[NR]=$1} END {print v[int((NR+1)/2)]}')"
	done
	# shellcheck disable=SC2086
	printf '| %-44s | %8s | %8s | %7.0f |\n' "$1" $(echo $cells | awk '{print $1, $2, $3/1000}')
}
head() { printf '\n%s\n\n| way | wall s | CPU s | peak MB |\n|---|---|---|---|\n' "$1"; }

: >"$dir/runs"
sb=$dir/scrapebook
for _ in $(seq "$runs"); do
	for c in small big; do
		measure "$c: baseline, cache" "$dir/baseline" -mode cache "$dir/$c" "$rules"
		measure "$c: scrapebook" "$sb" replay "$dir/$c" --rules "$rules"
		GOMAXPROCS=1 measure "$c: scrapebook, GOMAXPROCS=1" "$sb" replay "$dir/$c" --rules "$rules"
	done
	for c in incident flaky-apiserver; do
		measure "$c: baseline, cache" "$dir/baseline" -mode cache "$shared/captures/$c" "$rules"
		measure "$c: scrapebook" "$sb" replay "$shared/captures/$c" --rules "$rules"
	done
	measure "scrapebook --version" "$sb" --version
	measure "scrapebook inspect, a scrape of 109 KB" "$sb" inspect "$shared/captures/singles/kube-proxy-node-a.prom"
done
if [ "${NAIVE:-1}" != 0 ]; then
	measure "big: baseline, naive" "$dir/baseline" -mode naive "$dir/big" "$rules"
fi
if [ "${LONG:-0}" = 1 ]; then
	for n in 1 4 16; do make "long$n" 12 $((240 * n)); done
	for _ in $(seq "$runs"); do
		for n in 1 4 16; do measure "long: scrapebook, $n times 240 scrapes" "$sb" replay "$dir/long$n" --rules "$rules"; done
	done
fi

grep -m1 'model name' /proc/cpuinfo || true
echo "cores: $(nproc), load: $(cut -d' ' -f1-3 /proc/loadavg), $(go version), runs: $runs"
for part in small big incident flaky-apiserver long scrapebook; do
	labels=$(cut -f1 "$dir/runs" | grep "^$part" | sort -u) || continue
	head "$part"
	while read -r label; do row "$label"; done <<<"$labels"
done
