//go:build !linux

package transport

import (
	"net"
	"time"
)

// unanswered has no answer here; see [Unanswered] for what that means.
func unanswered(net.Conn) (d time.Duration, ok bool) { return 0, false }
