package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

const freeHeap = 40 << 20 // up to here garbage is left alone

// gcPercent is for larger heaps: most of what is there are names, which stay.
var gcPercent atomic.Int64

// spareMemory makes the collector keep large heaps tighter, for what waits for
// others more than it computes, until it is undone.
func spareMemory() (undo func()) {
	old := gcPercent.Swap(10)
	return func() { gcPercent.Store(old) }
}

// tuneGC makes the garbage collector leave small heaps alone, which are most,
// and keep large ones tight. Whoever sets GOGC or GOMEMLIMIT knows better.
func tuneGC() {
	gcPercent.Store(30)
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(1000) // of the 4 MB that the runtime begins with
	afterGC(new(sentinel))
}

// afterGC adapts the percentage after each collection: it runs as what is
// reachable by nothing is found.
func afterGC(*sentinel) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if n := live[0].Value.Uint64(); n > 0 {
		percent := int(gcPercent.Load())
		if n < freeHeap {
			percent = max(percent, int(100*(freeHeap-n)/n))
		}
		debug.SetGCPercent(min(percent, 1000))
	}
	runtime.SetFinalizer(new(sentinel), afterGC)
}

// A sentinel is large enough to be collected by itself.
type sentinel [4]uint64
