package archive

import "math"

// Limits are capture.Limits.
type Limits struct {
	MaxMember  int64
	MaxTotal   int64
	MaxMembers int
	MaxHeld    int64
}

const (
	defaultMaxMember  = 32 << 20
	defaultMaxTotal   = 16 << 30
	defaultMaxMembers = 1_000_000
	defaultMaxHeld    = 64 << 20
)

// withDefaults fills in what is zero or less.
func (l Limits) withDefaults() Limits {
	if l.MaxMember <= 0 {
		l.MaxMember = defaultMaxMember
	}
	if l.MaxTotal <= 0 {
		l.MaxTotal = defaultMaxTotal
	}
	if l.MaxMembers <= 0 {
		l.MaxMembers = defaultMaxMembers
	}
	if l.MaxHeld <= 0 {
		l.MaxHeld = defaultMaxHeld
	}
	l.MaxMember = min(l.MaxMember, math.MaxInt64-1)
	return l
}

// LimitError is capture.LimitError.
type LimitError struct {
	Name  string
	Limit string
	Max   int64
}

func (e *LimitError) Error() string { return e.Name + ": " + e.Limit }

// Problem is capture.Problem.
type Problem struct {
	File    string
	ID      string
	Message string
}

// Left are the limits for what else is to be read beside a, which may be used
// up: zero or less.
func (a *Archive) Left() Limits {
	l := a.Limits
	l.MaxHeld, l.MaxTotal, l.MaxMembers = a.left, l.MaxTotal-a.total, l.MaxMembers-a.members
	return l
}

// WithDefaults fills in what is zero or less.
func (l Limits) WithDefaults() Limits { return l.withDefaults() }
