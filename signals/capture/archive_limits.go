package capture

import "math"

// archiveLimits are capture.Limits.
type archiveLimits struct {
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
func (l archiveLimits) withDefaults() archiveLimits {
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

// archiveLimitError is capture.LimitError.
type archiveLimitError struct {
	Name  string
	Limit string
	Max   int64
}

func (e *archiveLimitError) Error() string { return e.Name + ": " + e.Limit }

// archiveProblem is capture.Problem.
type archiveProblem struct {
	File    string
	ID      string
	Message string
}
