//go:build !linux && !darwin

package transport

import "net"

// sendQueue has no answer here; see [Unsent] for what callers do without it.
func sendQueue(net.Conn) (n int, ok bool) { return 0, false }
