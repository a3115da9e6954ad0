package suite

import (
	"math"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// chunkRange is the one of promtool's storage, in ms.
const chunkRange = 24 * 60 * 60 * 1000

// markChunks gives native histograms the hint of a counter reset where
// promtool's storage would begin a new chunk, at which it forgets that there
// was none; timeline.Timeline then says as much as that: that it is not known.
// Where a chunk ends hangs on its time and on the bytes that it takes, so they
// are encoded as there (tsdb/head_append.go, histogramsAppendPreprocessor and
// appendFloatHistogram of v0.316.0).
func markChunks(points []point) {
	var c chunker
	for i := range points {
		p := &points[i]
		if p.h == nil {
			c.float(p.t, p.f)
		} else {
			p.h = c.histogram(p.t, p.h)
		}
	}
}

// A chunker is the head chunk of a series; the zero value has none yet.
type chunker struct {
	chunk      chunkenc.Chunk
	app        chunkenc.Appender
	start, end int64 // of its samples
	next       int64 // when the next one begins
	predicted  bool  // next hangs on the bytes
}

// histogram takes a sample, and returns it with the hint that it comes with.
func (c *chunker) histogram(t int64, fh *histogram.FloatHistogram) *histogram.FloatHistogram {
	if fh.Validate() != nil {
		return fh // it is refused
	}
	first := c.chunk == nil
	if cut, ok := c.add(t, fh); !ok || !cut || first || fh.CounterResetHint == histogram.GaugeType {
		return fh
	}
	fh = fh.Copy()
	fh.CounterResetHint = histogram.CounterReset
	return fh
}

// float takes a sample that is none: a marker becomes that of the histogram,
// anything else begins a chunk of floats.
func (c *chunker) float(t int64, v float64) {
	if c.chunk != nil && value.IsStaleNaN(v) {
		c.add(t, &histogram.FloatHistogram{Sum: v})
		return
	}
	*c = chunker{}
}

func (c *chunker) begin(t int64) bool {
	chunk := chunkenc.NewFloatHistogramChunk()
	app, err := chunk.Appender()
	c.chunk, c.app, c.start, c.predicted = chunk, app, t, false
	c.next = rangeEnd(t)
	return err == nil
}

// rangeEnd is the end of the range of chunks that a time is in.
func rangeEnd(t int64) int64 { return (t/chunkRange)*chunkRange + chunkRange }

// add appends a sample, and tells whether a new chunk begins with it.
func (c *chunker) add(t int64, fh *histogram.FloatHistogram) (cut, ok bool) {
	var before chunkenc.Appender
	if c.chunk == nil || c.full(t) {
		cut, before = true, c.app
		if !c.begin(t) {
			return cut, false
		}
	}
	chunk, recoded, app, err := c.app.AppendFloatHistogram(before, 0, t, fh.Copy(), false)
	if err != nil {
		return cut, false
	}
	c.app, c.end = app, t
	if chunk != nil {
		c.chunk = chunk
		if !recoded { // what it counts has fallen, or its layout is another
			cut = true
			c.start, c.next = t, rangeEnd(t)
		}
	}
	return cut, true
}

// full tells whether a new chunk is begun before a sample.
func (c *chunker) full(t int64) bool {
	samples, bytes, most := c.chunk.NumSamples(), len(c.chunk.Bytes()), chunkenc.TargetBytesPerHistogramChunk
	rangeNext := c.next
	if c.predicted {
		rangeNext = rangeEnd(c.start)
	}
	if !c.predicted && bytes >= most/4 {
		c.predicted = true
		c.next = chunkEnd(c.start, c.end, c.next, float64(most)/float64(bytes))
	}
	return (t >= c.next || bytes >= 2*most) && (samples >= chunkenc.MinSamplesPerHistogramChunk || t >= rangeNext)
}

// chunkEnd divides what is left of a range into chunks of one size, by how full
// the first one is so far.
func chunkEnd(start, now, end int64, ratioToFull float64) int64 {
	n := float64(end-start) / (float64(now-start+1) * ratioToFull)
	if n <= 1 {
		return end
	}
	return int64(float64(start) + float64(end-start)/math.Floor(n))
}
