package serve

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"net/http"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/prompb"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// frameSize is how many bytes a frame has, about (--storage.remote.
// read-max-bytes-in-frame).
const frameSize = 1 << 20

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// streamChunks answers a remote read series by series, in chunks as a server's
// TSDB has them. An error behind the first frame ends the connection, so that
// nobody takes what there is for all.
func (h *Handler) streamChunks(w http.ResponseWriter, r *request, asked *prompb.ReadRequest) {
	w.Header().Set("Content-Type", "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse")
	begun := false
	for i, q := range asked.Queries {
		if err := h.streamQuery(w, r, q, int64(i), &begun); err != nil {
			if begun {
				panic(http.ErrAbortHandler)
			}
			http.Error(w, err.Error(), readStatus(err))
			return
		}
	}
	_ = http.NewResponseController(w).Flush() // what is left is written at the end
}

// streamQuery streams what one query selects, sorted.
func (h *Handler) streamQuery(w io.Writer, r *request, asked *prompb.Query, n int64, begun *bool) error {
	set, leave, err := h.readSeries(r, asked, true)
	if err != nil {
		return err
	}
	defer leave()
	for set.Next() {
		one := &prompb.ChunkedSeries{Labels: h.readLabels(set.At().Labels())}
		send := func() error {
			*begun = true
			return writeFrame(w, &prompb.ChunkedReadResponse{ChunkedSeries: []*prompb.ChunkedSeries{one}, QueryIndex: n})
		}
		size := 0
		chunks := storage.NewSeriesToChunkEncoder(moved{set.At(), r.shift.Milliseconds()}).Iterator(nil)
		for chunks.Next() {
			c := chunks.At()
			one.Chunks = append(one.Chunks, prompb.Chunk{
				MinTimeMs: c.MinTime, MaxTimeMs: c.MaxTime, Type: prompb.Chunk_Encoding(c.Chunk.Encoding()), Data: c.Chunk.Bytes(),
			})
			if size += one.Chunks[len(one.Chunks)-1].Size(); size < frameSize {
				continue
			}
			if err := send(); err != nil {
				return err
			}
			one.Chunks, size = one.Chunks[:0], 0
		}
		if err := chunks.Err(); err != nil {
			return err
		}
		if len(one.Chunks) > 0 {
			if err := send(); err != nil {
				return err
			}
		}
		if err := r.Context().Err(); err != nil {
			return err
		}
	}
	return set.Err()
}

// writeFrame writes a message behind its size and its checksum.
func writeFrame(w io.Writer, m *prompb.ChunkedReadResponse) error {
	data, err := m.Marshal()
	if err != nil {
		return err
	}
	head := binary.AppendUvarint(nil, uint64(len(data)))
	head = binary.BigEndian.AppendUint32(head, crc32.Checksum(data, castagnoli))
	if _, err := w.Write(head); err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// moved is a series whose samples have other times, by so many milliseconds.
type moved struct {
	storage.Series
	by int64
}

func (s moved) Iterator(it chunkenc.Iterator) chunkenc.Iterator {
	if s.by == 0 {
		return s.Series.Iterator(it)
	}
	return &movedIterator{s.Series.Iterator(nil), s.by}
}

type movedIterator struct {
	chunkenc.Iterator
	by int64
}

// ms is a time in milliseconds. Under this name vet does not take Seek for a
// misspelt io.Seeker.
type ms = int64

func (m *movedIterator) Seek(t ms) chunkenc.ValueType { return m.Iterator.Seek(t - m.by) }
func (m *movedIterator) AtT() int64                   { return m.Iterator.AtT() + m.by }

func (m *movedIterator) At() (int64, float64) {
	t, v := m.Iterator.At()
	return t + m.by, v
}

func (m *movedIterator) AtHistogram(h *histogram.Histogram) (int64, *histogram.Histogram) {
	t, h := m.Iterator.AtHistogram(h)
	return t + m.by, h
}

func (m *movedIterator) AtFloatHistogram(h *histogram.FloatHistogram) (int64, *histogram.FloatHistogram) {
	t, h := m.Iterator.AtFloatHistogram(h)
	return t + m.by, h
}

// AtST is moved, too, where there is one.
func (m *movedIterator) AtST() int64 {
	st := m.Iterator.AtST()
	if st != 0 {
		st += m.by
	}
	return st
}
