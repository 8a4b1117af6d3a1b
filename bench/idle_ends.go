package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// allowFiles lets this process, and those that it starts, open a file for each
// connection.
func allowFiles(connections int) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	need := uint64(connections) + 1000
	if limit.Cur >= need {
		return nil
	}
	limit.Cur, limit.Max = need, max(limit.Max, need)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("%d idle connections need %d open files (see -connections): %w", connections, need, err)
	}
	return nil
}

// plainIdle has a goroutine for each connection that waits until something can be
// read, and takes a buffer then.
func plainIdle() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	buffers := sync.Pool{New: func() any { return new([plainBuffer]byte) }}
	go func() { // ends with the process
		for {
			conn, err := ln.Accept()
			must(err)
			go func() { // ends with the connection
				defer conn.Close()
				plainIdleServe(conn.(*net.TCPConn), &buffers)
			}()
		}
	}()
	return ln.Addr().String(), nil
}

func plainIdleServe(conn *net.TCPConn, buffers *sync.Pool) {
	raw, err := conn.SyscallConn()
	must(err)
	for {
		var n int
		var failed error
		var buffer *[plainBuffer]byte
		err := raw.Read(func(fd uintptr) (done bool) {
			buffer = buffers.Get().(*[plainBuffer]byte)
			n, failed = syscall.Read(int(fd), buffer[:])
			if errors.Is(failed, syscall.EAGAIN) {
				buffers.Put(buffer)
				return false // wait without one
			}
			return true
		})
		if err != nil || failed != nil || n == 0 {
			return
		}
		if _, err := conn.Write(buffer[:n]); err != nil {
			return
		}
		buffers.Put(buffer)
	}
}

// rxpeerIdle is a peer that answers every message.
func rxpeerIdle() (string, error) {
	ctx := context.Background()
	p, err := peer.Open(ctx, quiet(&peer.Options{MaxConnections: -1}))
	if err != nil {
		return "", err
	}
	p.Connections().On(ctx, func(conn *peer.Connection) {
		out := peer.SinkOf[[]byte](conn)
		peer.Borrow(conn).On(ctx, func(v peer.View) { _ = out.Emit(ctx, v.Bytes()) }) // it may have closed
	})
	return p.Addr().String(), nil
}

// rxpeerIdleDial opens a link: this end needs no peer. Each names another port,
// as if it came from a peer of its own.
func rxpeerIdleDial(address string, i int) idleEnd {
	ctx := context.Background()
	hello := transport.Hello{PeerName: fmt.Sprintf("127.0.0.1:%d", 1024+i), DataType: codec.Bytes}
	link, err := transport.Dial(ctx, transport.TCP{}, address, hello, nil)
	must(err)
	back, all := 0, make(chan struct{}, 1)
	link.Messages().On(ctx, func(*transport.Message) {
		if back++; back == idleMessages {
			back = 0
			all <- struct{}{}
		}
	})
	return idleEnd{
		exchange: func(body []byte) {
			for range idleMessages {
				must(link.Send(ctx, codec.Bytes, body))
			}
			<-all
		},
		close: link.Abort,
	}
}
