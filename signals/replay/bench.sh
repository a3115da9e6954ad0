#!/usr/bin/env bash
# The tables of BENCHMARKS.md. Peers take turns, so that a busy moment hits all of them;
# a cell is the median of RUNS runs, beside the least and the most of them.
#
#   signals/replay/bench.sh [DIR]
#
# DIR is where captures are made and kept (default: a temporary folder). RUNS is 5
# unless set; NAIVE=0 leaves out the slowest peer, VERBS=0 all but replay. LONG=1
# adds captures four and sixteen times as long, PEERS=1 the roads of bench-peers.sh.
# PROMTOOL is promtool (default: what the PATH has; without one its rows are left
# out). It needs Go, GNU time, the yardstick beside the repository
# (../shared/bench), the captures there and 2 GB of disk, 6 GB with LONG=1 or
# PEERS=1.
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

# measure LABEL COMMAND…: one run, "LABEL<TAB>seconds cpu-seconds kilobytes". That
# something was found, which is 1 to us and 3 to promtool, is no failure.
measure() {
	local label=$1 code=0
	shift
	/usr/bin/time -q -f "%e %U %S %M" -o "$dir/time" "$@" >/dev/null 2>"$dir/stderr" || code=$?
	case $code in
	0 | 1 | 3) ;;
	*) cat "$dir/stderr" >&2 && exit 1 ;;
	esac
	awk -v l="$label" '{printf "%s\t%s %s %s\n", l, $1, $2+$3, $4}' "$dir/time" >>"$dir/runs"
}
# column LABEL N: the N-th number of its runs, sorted.
column() {
	awk -F'\t' -v l="$1" -v c="$2" '$1 == l {split($2, v, " "); print v[c]}' "$dir/runs" | sort -n
}
median() { awk '{v[NR]=$1} END {print v[int((NR+1)/2)]}'; }
spread() { awk 'NR==1 {min=$1} {max=$1} END {print min "–" max}'; }
# row LABEL REFERENCE: its medians, and how many times it takes what the
# reference takes.
row() {
	local cpu of
	cpu=$(column "$1" 2 | median)
	of=$(column "$2" 2 | median)
	printf '| %-44s | %6s | %6s | %11s | %6.2f | %4.0f |\n' "$1" "$(column "$1" 1 | median)" "$cpu" \
		"$(column "$1" 2 | spread)" "$(awk -v a="$cpu" -v b="${of:-$cpu}" 'BEGIN {print (b > 0 ? a / b : 0)}')" \
		"$(column "$1" 3 | median | awk '{print $1 / 1000}')"
}
head() {
	printf '\n%s\n\n| way | wall s | CPU s | least–most | CPU against the reference | peak MB |\n|---|---|---|---|---|---|\n' "$1"
}

promtool=${PROMTOOL:-$(command -v promtool || true)}
# A scrape of an API server four times over, 7 MB, under other names.
for i in 1 2 3 4; do
	sed -E "s/^(# [A-Z]+ )?([a-z])/\\1p$i\\2/" "$shared/captures/singles/kube-apiserver.prom"
done >"$dir/apiserver.prom"

: >"$dir/runs"
export PROMTOOL=$promtool
peers=$PWD/signals/replay/bench-peers.sh
sb=$dir/scrapebook
# verbs NAME CAPTURE: a run of every other verb that reads a whole capture.
verbs() {
	local rate='sum(rate(rest_client_requests_total[2m]))'
	measure "$1: default packs" "$sb" replay "$2"
	measure "$1: signals" "$sb" signals "$2"
	measure "$1: check metrics" "$sb" check metrics "$2"
	measure "$1: query of a rate" "$sb" query "$2" "$rate" --step 15s
	measure "$1: explain of a rule" "$sb" explain "$2" -e "$rate > 1e9"
	measure "$1: inspect" "$sb" inspect "$2"
}
# Tests of rules as export writes them, which both test commands read.
rm -rf "$dir/tests"
"$sb" export "$shared/captures/incident" --to promtool-test -o "$dir/tests" --quiet >"$dir/said" || [ $? = 1 ]
tests=()
for file in "$dir"/tests/*.yml; do
	[[ $file == *.rules.yml ]] || tests+=("$file")
done
for _ in $(seq "$runs"); do
	for c in small big; do
		measure "$c: baseline, cache" "$dir/baseline" -mode cache "$dir/$c" "$rules"
		measure "$c: four rules" "$sb" replay "$dir/$c" --rules "$rules"
		GOMAXPROCS=1 measure "$c: four rules, GOMAXPROCS=1" "$sb" replay "$dir/$c" --rules "$rules"
	done
	for c in incident flaky-apiserver; do
		measure "$c: baseline, cache" "$dir/baseline" -mode cache "$shared/captures/$c" "$rules"
		measure "$c: four rules" "$sb" replay "$shared/captures/$c" --rules "$rules"
		[ "${VERBS:-1}" = 0 ] || verbs "$c" "$shared/captures/$c"
	done
	[ "${VERBS:-1}" = 0 ] || verbs big "$dir/big"
	measure "file: check metrics, 7 MB" "$sb" check metrics "$dir/apiserver.prom"
	[ -z "$promtool" ] || measure "file: promtool check metrics, 7 MB" sh -c '"$0" check metrics <"$1"' "$promtool" "$dir/apiserver.prom"
	measure "tests: scrapebook test, ${#tests[@]} files" "$sb" test "${tests[@]}"
	[ -z "$promtool" ] || measure "tests: promtool test rules, ${#tests[@]} files" "$promtool" test rules "${tests[@]}"
	measure "file: inspect, 109 KB" "$sb" inspect "$shared/captures/singles/kube-proxy-node-a.prom"
	measure "file: --version" "$sb" --version
done
if [ "${NAIVE:-1}" != 0 ]; then
	measure "big: baseline, naive" "$dir/baseline" -mode naive "$dir/big" "$rules"
fi
if [ "${PEERS:-0}" = 1 ]; then
	for c in small big; do
		measure "$c: promtool's blocks, Prometheus" "$peers" prometheus "$dir" "$dir/$c" "$rules"
		measure "$c: VictoriaMetrics, vmalert replay" "$peers" victoria "$dir" "$dir/$c" "$rules"
	done
fi
if [ "${LONG:-0}" = 1 ]; then
	for n in 1 4 16; do make "long$n" 12 $((240 * n)); done
	for _ in $(seq "$runs"); do
		for n in 1 4 16; do measure "long: scrapebook, $n times 240 scrapes" "$sb" replay "$dir/long$n" --rules "$rules"; done
	done
fi

grep -m1 'model name' /proc/cpuinfo || true
echo "cores: $(nproc), load: $(cut -d' ' -f1-3 /proc/loadavg), $(go version), runs: $runs"
for part in small big incident flaky-apiserver long tests file; do
	labels=$(cut -f1 "$dir/runs" | grep "^$part" | awk '!seen[$0]++') || continue
	reference="$part: four rules"
	case $part in
	tests) reference="tests: scrapebook test, ${#tests[@]} files" ;;
	file) reference="file: check metrics, 7 MB" ;;
	esac
	head "$part"
	while read -r label; do row "$label" "$reference"; done <<<"$labels"
done
