package promapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
)

// queryData is `data` of a query's answer.
type queryData struct {
	ResultType query.ValueType `json:"resultType"`
	Result     json.RawMessage `json:"result"`
}

// series is one element of a vector or a matrix.
type series struct {
	Metric     labels.Labels     `json:"metric"`
	Value      *point            `json:"value"`
	Values     []point           `json:"values"`
	Histogram  json.RawMessage   `json:"histogram"`
	Histograms []json.RawMessage `json:"histograms"`
}

// errHistogram is that of results that the API's JSON does not tell in full.
var errHistogram = errors.New("the result holds native histograms, of which the server's JSON gives no schema: only a capture can be asked for them")

func (d *queryData) value() (*query.Value, error) {
	v := &query.Value{Type: d.ResultType}
	switch d.ResultType {
	case query.Scalar:
		var p point
		if err := json.Unmarshal(d.Result, &p); err != nil {
			return nil, err
		}
		v.Time, v.Number = p.at, p.value
	case query.String:
		var p [2]json.RawMessage
		if err := json.Unmarshal(d.Result, &p); err != nil {
			return nil, err
		}
		seconds, err := strconv.ParseFloat(string(p[0]), 64)
		if err != nil {
			return nil, err
		}
		v.Time = millis(seconds)
		return v, json.Unmarshal(p[1], &v.Text)
	case query.Vector, query.Matrix:
		var list []series
		if err := json.Unmarshal(d.Result, &list); err != nil {
			return nil, err
		}
		v.Series = make([]query.Series, 0, len(list))
		for _, s := range list {
			one, err := s.plain()
			if err != nil {
				return nil, err
			}
			v.Series = append(v.Series, one)
		}
	default:
		return nil, fmt.Errorf("a result of the type %q is not known", d.ResultType)
	}
	return v, nil
}

func (s *series) plain() (query.Series, error) {
	out := query.Series{Labels: s.Metric}
	if len(s.Histogram) > 0 || len(s.Histograms) > 0 {
		return out, errHistogram
	}
	if s.Value != nil {
		s.Values = append(s.Values, *s.Value)
	}
	out.Floats = make([]query.Point, len(s.Values))
	for i, p := range s.Values {
		out.Floats[i] = query.Point{Time: p.at, Value: p.value}
	}
	return out, nil
}

// point is a float at a time: [1435781430.781, "1"].
type point struct {
	at    int64 // ms
	value float64
}

var errPoint = errors.New("a sample is not [time, \"value\"]")

func (p *point) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if len(data) < 2 || data[0] != '[' || data[len(data)-1] != ']' {
		return errPoint
	}
	at, text, ok := bytes.Cut(data[1:len(data)-1], []byte{','})
	text = bytes.TrimSpace(text)
	if !ok || len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return errPoint
	}
	seconds, err := strconv.ParseFloat(string(bytes.TrimSpace(at)), 64)
	if err != nil {
		return errPoint
	}
	p.at = millis(seconds)
	if p.value, err = strconv.ParseFloat(string(text[1:len(text)-1]), 64); err != nil && !errors.Is(err, strconv.ErrRange) {
		return errPoint
	}
	return nil
}

func millis(seconds float64) int64 { return int64(math.Round(seconds * 1000)) }

// sorted puts series in the order of their labels, unless their order means
// something.
func sorted(v *query.Value) {
	slices.SortStableFunc(v.Series, func(a, b query.Series) int { return labels.Compare(a.Labels, b.Labels) })
}
