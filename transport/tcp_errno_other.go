//go:build !windows

package transport

import "syscall"

// resetErrnos: the first operation after a reset sees ECONNRESET, writes
// after it EPIPE.
var resetErrnos = [...]syscall.Errno{
	syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE,
}
