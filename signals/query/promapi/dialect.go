package promapi

import (
	"context"
	"errors"
	"time"
)

// Dialect is what a server makes of PromQL.
type Dialect string

// The dialects that are known here. Thanos and Mimir run Prometheus' engine or
// one that is held to its results.
const (
	PromQL    Dialect = "PromQL"
	MetricsQL Dialect = "MetricsQL" // of VictoriaMetrics
)

// Dialect finds out by an expression that is none of PromQL.
func (c *Client) Dialect(ctx context.Context) (Dialect, error) {
	_, err := c.Instant(ctx, "1 default 2", time.Unix(1, 0))
	var said *Error
	switch {
	case err == nil:
		return MetricsQL, nil
	case errors.As(err, &said) && said.Type != "not_found":
		return PromQL, nil
	}
	return "", err
}

// Version is what the server says of itself; "" when it says nothing.
func (c *Client) Version(ctx context.Context) string {
	var info struct {
		Version     string `json:"version"`
		Application string `json:"application"` // of Mimir
	}
	if err := c.get(ctx, "status/buildinfo", nil, &info); err != nil {
		return ""
	}
	if info.Application != "" {
		return info.Application + " " + info.Version
	}
	return info.Version
}
