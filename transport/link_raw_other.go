//go:build !unix

package transport

import (
	"net"
	"syscall"
)

// rawOf returns nil: sockets are used through their methods here.
func rawOf(net.Conn) syscall.RawConn { return nil }

func tryRead(uintptr, []byte) (n int, again bool, err error) { panic("unreachable") }

func tryWrite(uintptr, []byte, []byte) (n int, err error) { panic("unreachable") }

func tryRecord(uintptr, []byte) (n int, err error) { panic("unreachable") }

func tryWriteVector(uintptr, [][]byte) (n int, err error) { panic("unreachable") }

func tryReadTwo(uintptr, []byte, []byte) (n int, again bool, err error) { panic("unreachable") }
