package push

import (
	"context"
	"time"
)

// SetWait makes a push wait in another way.
func SetWait(o *Options, wait func(context.Context, time.Duration) error) { o.wait = wait }
