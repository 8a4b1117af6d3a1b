package transport

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// resetErrnos are the codes of Winsock, and the portable ones that networks
// without sockets use: package syscall invents them on Windows, and the two
// do not match one another.
var resetErrnos = [...]syscall.Errno{
	windows.WSAECONNRESET, windows.WSAECONNABORTED, windows.WSAENETRESET,
	syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE,
}
