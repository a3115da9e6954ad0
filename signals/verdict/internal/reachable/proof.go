package reachable

// Kind is what an expression fails on.
type Kind string

// The kinds.
const (
	ByValues Kind = "values" // no value passes
	ByLabels Kind = "labels" // no labels pass
)

// Reason tells proofs of a kind apart.
type Reason string

// The reasons.
const (
	Compared  Reason = "comparison"   // by values: no value of the left passes the comparison
	Nothing   Reason = "nothing"      // by values: the function gives nothing for any value, as clamp(x, 2, 1) or topk(0, x)
	NeverGone Reason = "never-absent" // by values: absent() of what is always there
	NotNative Reason = "not-native"   // by values: the function takes native histograms only, and none come
	NoLe      Reason = "no-le"        // by labels: histogram_quantile() of what has no le
	NoPair    Reason = "no-pair"      // by labels: the two sides never pair
)

// Proof says why an expression can never return a sample.
type Proof struct {
	Kind   Kind
	Reason Reason
	// Start and End are the byte range of the deciding sub-expression in the
	// source: the innermost that is always empty though its operands need not
	// be.
	Start, End int
	Expr       string // that sub-expression, as the parser prints it
	// Text says it in half a sentence, as "never above 0.512: the buckets of
	// rest_client_request_duration_seconds_bucket end there".
	Text string
	// OnShape is set when the proof rests on the Shape. Otherwise it holds on
	// any data.
	OnShape bool

	Range     Range   // for Compared: what the compared side can be
	Op        string  // for Compared: the operator as if the threshold stood right of it
	Bool      bool    // for Compared below another: the inner comparison had bool
	Threshold Range   // for Compared
	Limits    []Limit // for Compared: what bounds Range
	// ThresholdStart and ThresholdEnd are the byte range of the threshold.
	ThresholdStart, ThresholdEnd int
	// Fixed is set when the threshold is a constant of the expression. Then the
	// comparison holds for some value where Op is replaced by NearestOp and the
	// threshold by Nearest; and Inside, with Op as it is, is a threshold well
	// within Range, when HasInside.
	Fixed     bool
	NearestOp string
	Nearest   float64
	Inside    float64
	HasInside bool

	Apart []Apart // for NoPair: each label that keeps the sides apart, in order
}

// Range is what a sample can be.
type Range struct {
	Lo, Hi    float64 // when Number; both belong to it, either can be infinite
	Number    bool
	NaN       bool
	Histogram bool
}

// Limit says why a value stays within bounds.
type Limit struct {
	Start, End int    // the sub-expression that bounds it
	Text       string // half a sentence
	Shape      bool   // it rests on the Shape
	Low, High  bool   // which end it bounds
	// Bounds are the finite bounds of the buckets, rising, where a quantile is
	// limited by them; Metrics the names they are of.
	Bounds  []float64
	Metrics []string
}

// Apart is a label that no sample of the left has in common with one of the
// right.
type Apart struct {
	Name        string
	Left, Right Side
}

// Side is what a label can be on one side.
type Side struct {
	// Values are those that the label can have, "" for not at all; nil when
	// they can't be listed.
	Values []string
	Text   string // "host=\"a\"", "no host", `host!~"…"`
	Cause  Cause
}

// Cause says what fixed a label.
type Cause struct {
	Start, End int    // the sub-expression; equal when there is none to show
	Text       string // half a sentence: "sum by (host) keeps host alone"
	Shape      bool   // it rests on the labels that the metric has in the Shape
}
