//go:build !linux

package transport

import (
	"net"
	"syscall"
	"time"
)

// ackAge has no answer here: the system's keep-alive notices what PINGs do
// not.
func ackAge(net.Conn) (age time.Duration, waiting, ok bool) { return 0, false, false }

// hungUp has no answer here: an end behind unread bytes is seen when they are
// read.
func hungUp(syscall.RawConn) bool { return false }
