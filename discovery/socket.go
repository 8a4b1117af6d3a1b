package discovery

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

const (
	// datagramSize is how much of a datagram is read: more than any that is
	// well-formed, so that a longer one is seen to be too long.
	datagramSize = 512
	// sendTimeout bounds the wait for an interface that takes nothing.
	sendTimeout = 100 * time.Millisecond
)

// socket is a UDP socket and the goroutine that reads from it.
type socket struct {
	conn   *net.UDPConn
	closed chan struct{}
	close  func() // idempotent; returns when the goroutine has ended
}

// bind opens a socket. Broadcasts are allowed on it, which package net sees
// to. prepare gets it before it is bound.
func bind(ctx context.Context, addr netip.AddrPort, prepare func(fd uintptr) error) (*socket, error) {
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		return errors.Join(c.Control(func(fd uintptr) { err = prepare(fd) }), err)
	}}
	conn, err := config.ListenPacket(ctx, "udp4", addr.String())
	if err != nil {
		return nil, err
	}
	s := &socket{conn: conn.(*net.UDPConn), closed: make(chan struct{})}
	s.close = sync.OnceFunc(s.release)
	return s, nil
}

// read starts the goroutine, which calls each with every datagram until close
// is called. What each waits for it must give up when closed closes.
func (s *socket) read(each func(b []byte, from netip.AddrPort)) {
	var reader sync.WaitGroup
	reader.Go(func() { s.receive(each) }) // ends when the socket closes
	s.close = sync.OnceFunc(func() {
		s.release()
		reader.Wait()
	})
}

func (s *socket) release() {
	close(s.closed)
	_ = s.conn.Close() // a datagram socket has nothing to flush
}

// receive reads until the socket is closed. Other errors do not end it (a
// network that is down; a datagram that is too long, on systems that call that
// an error), but slow it down while they last.
func (s *socket) receive(each func(b []byte, from netip.AddrPort)) {
	const least, most = time.Millisecond, time.Second
	buf := make([]byte, datagramSize)
	for delay := least; ; {
		n, from, err := s.conn.ReadFromUDPAddrPort(buf)
		if err == nil {
			delay = least
			each(buf[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
			continue
		}
		select {
		case <-s.closed:
			return
		case <-time.After(delay):
			delay = min(2*delay, most)
		}
	}
}

// send sends one datagram.
func (s *socket) send(b []byte, to netip.AddrPort) error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(sendTimeout)); err != nil {
		return err
	}
	_, err := s.conn.WriteToUDPAddrPort(b, to)
	return err
}

// addr returns the address that the socket is bound to.
func (s *socket) addr() netip.AddrPort {
	a := s.conn.LocalAddr().(*net.UDPAddr).AddrPort()
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// sourceTo returns the address that this machine has when it sends to another.
// When that is an address of one of its own interfaces, it is the same one.
func sourceTo(other netip.AddrPort) (netip.Addr, error) {
	conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(other))
	if err != nil {
		return netip.Addr{}, err
	}
	defer func() { _ = conn.Close() }() // nothing was sent on it
	return conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(), nil
}
