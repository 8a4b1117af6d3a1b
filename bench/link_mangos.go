package main

import (
	"encoding/binary"
	"time"

	"go.nanomsg.org/mangos/v3"
	"go.nanomsg.org/mangos/v3/protocol/pull"
	"go.nanomsg.org/mangos/v3/protocol/push"
	"go.nanomsg.org/mangos/v3/protocol/rep"
	"go.nanomsg.org/mangos/v3/protocol/req"
	_ "go.nanomsg.org/mangos/v3/transport/tcp" // tcp://
)

// mangosServe binds a socket.
func mangosServe(s mangos.Socket, err error) (mangos.Socket, string, error) {
	if err != nil {
		return nil, "", err
	}
	l, err := s.NewListener("tcp://127.0.0.1:0", map[string]any{mangos.OptionMaxRecvSize: 8 << 20})
	if err != nil {
		return nil, "", err
	}
	if err := l.Listen(); err != nil {
		return nil, "", err
	}
	return s, l.Address(), nil
}

// mangosDial connects a socket.
func mangosDial(s mangos.Socket, err error) func(address string) mangos.Socket {
	must(err)
	return func(address string) mangos.Socket {
		must(s.DialOptions(address, map[string]any{mangos.OptionMaxRecvSize: 8 << 20}))
		return s
	}
}

func mangosReceiver() (string, func(n, size int) (int, error), error) {
	s, address, err := mangosServe(pull.NewSocket())
	if err != nil {
		return "", nil, err
	}
	return address, func(n, size int) (int, error) {
		c := counter{size: size}
		for range n {
			m, err := s.RecvMsg()
			if err != nil {
				return 0, err
			}
			if err := c.take(m.Body); err != nil {
				return 0, err
			}
			m.Free()
		}
		return c.sum, nil
	}, nil
}

func mangosSend(size int) func(n int) int {
	return func(n int) int {
		c := child("mangos")
		c.expect(n, size)
		s := mangosDial(push.NewSocket())(c.address)
		defer s.Close()
		body := message(size)
		for i := range n {
			number(body, i)
			m := mangos.NewMessage(size)
			m.Body = append(m.Body, body...)
			must(s.SendMsg(m))
		}
		return c.result()
	}
}

func mangosTrips(size int) func(took []time.Duration) int {
	return func(took []time.Duration) (sum int) {
		c := child("mangos echo")
		s := mangosDial(req.NewSocket())(c.address)
		defer s.Close()
		body, clock := message(size), startClock(took)
		for i := range took {
			number(body, i)
			must(s.Send(body))
			m, err := s.RecvMsg()
			must(err)
			sum += int(binary.LittleEndian.Uint64(m.Body))
			m.Free()
			clock.lap()
		}
		return sum
	}
}

func mangosEcho() (string, func(n, size int) (int, error), error) {
	s, address, err := mangosServe(rep.NewSocket())
	if err != nil {
		return "", nil, err
	}
	go func() { // ends with the process
		for {
			m, err := s.RecvMsg()
			must(err)
			must(s.SendMsg(m))
		}
	}()
	return address, nil, nil
}
