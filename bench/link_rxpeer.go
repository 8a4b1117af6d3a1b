package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// quiet are the options of a peer on loopback.
func quiet(opts *peer.Options) *peer.Options {
	var o peer.Options
	if opts != nil {
		o = *opts
	}
	o.Address, o.NoDiscovery = "127.0.0.1:0", true
	return &o
}

// dial opens a peer and connects to a child.
func dial(c *far, opts *peer.Options) (conn *peer.Connection, closes func()) {
	ctx := context.Background()
	p, err := peer.Open(ctx, quiet(opts))
	must(err)
	conn, err = p.Connect(ctx, c.address, &peer.ConnectOptions{DataType: codec.Bytes})
	must(err)
	return conn, func() { _ = p.Close() }
}

// rxpeerSend returns a candidate that sends messages of a size to a child.
//
//go:noinline
func rxpeerSend(kind string, size int, opts *peer.Options) func(n int) int {
	return func(n int) int {
		c := child(kind)
		c.expect(n, size)
		conn, closes := dial(c, opts)
		defer closes()
		out, body, ctx := peer.SinkOf[[]byte](conn), message(size), context.Background()
		for i := range n {
			number(body, i)
			must(out.Emit(ctx, body))
		}
		return c.result()
	}
}

// numbersName is what the numbered messages are exposed as.
const numbersName = "numbers"

// rxpeerExpose is rxpeerSend for a named stream, to which the child subscribes.
//
//go:noinline
func rxpeerExpose(size int) func(n int) int {
	return func(n int) int {
		c, ctx := child("rxpeer named"), context.Background()
		c.expect(n, size)
		p, err := peer.Open(ctx, quiet(nil))
		must(err)
		defer p.Close()
		body := message(size)
		_, err = peer.Expose(p, numbersName, stream.FromFunc(func(_ context.Context, emit func([]byte) bool) error {
			for i := range n {
				number(body, i)
				if !emit(body) {
					break
				}
			}
			return nil
		}), nil)
		must(err)
		_, err = p.Connect(ctx, c.address, &peer.ConnectOptions{DataType: codec.Bytes})
		must(err)
		return c.result()
	}
}

// accepted returns the next connection that is open.
func accepted(p *peer.Peer) (*peer.Connection, error) {
	open := operators.Filter(p.Connections(), func(c *peer.Connection) bool { return c.Err() == nil })
	return open.Await(context.Background())
}

// rxpeerReceiver returns what receives in one of the ways that there are.
func rxpeerReceiver(each func(conn *peer.Connection, c *counter) error) func() (string, func(n, size int) (int, error), error) {
	return func() (string, func(n, size int) (int, error), error) {
		p, err := peer.Open(context.Background(), quiet(nil))
		if err != nil {
			return "", nil, err
		}
		return p.Addr().String(), func(n, size int) (int, error) {
			conn, err := accepted(p)
			if err != nil {
				return 0, err
			}
			defer conn.Close()
			if n == 0 {
				return 0, nil
			}
			c := counter{size: size, last: n}
			if err = each(conn, &c); err == errLast {
				err = nil
			}
			return c.sum, err
		}, nil
	}
}

// eachBorrowed looks at what comes over a connection.
func eachBorrowed(conn *peer.Connection, c *counter) error { return c.look(peer.Borrow(conn)) }

// eachOwned keeps it.
func eachOwned(conn *peer.Connection, c *counter) error {
	return peer.Receive[[]byte](conn).Each(context.Background(), c.take)
}

// eachNamed looks at what a named stream brings.
func eachNamed(conn *peer.Connection, c *counter) error {
	return c.look(peer.Remote[peer.View](conn, numbersName))
}

// look looks at views, through Filter and Map.
func (c *counter) look(views stream.Observable[peer.View]) error {
	whole := operators.Filter(views, func(v peer.View) bool { return len(v.Bytes()) == c.size })
	return operators.Map(whole, numberOf).Each(context.Background(), c.takeNumber)
}

func numberOf(v peer.View) int { return int(binary.LittleEndian.Uint64(v.Bytes())) }

func (c *counter) takeNumber(i int) error {
	if i != c.next {
		return fmt.Errorf("message %d comes where %d should", i, c.next)
	}
	return c.count()
}

// rxpeerTrips sends a message and waits for it to come back; awaited in another
// goroutine than that which reads.
func rxpeerTrips(size int, awaited bool) func(took []time.Duration) int {
	return func(took []time.Duration) (sum int) {
		n, c := len(took), child("rxpeer echo")
		c.expect(n, size)
		conn, closes := dial(c, nil)
		defer closes()
		out, body, ctx := peer.SinkOf[[]byte](conn), message(size), context.Background()
		back, clock := make(chan int, 1), startClock(took)
		i := 0
		sub := peer.Borrow(conn).On(ctx, func(v peer.View) {
			got := numberOf(v)
			if awaited {
				back <- got
				return
			}
			sum += got
			clock.lap()
			if i++; i == n {
				close(back)
				return
			}
			number(body, i)
			must(out.Emit(ctx, body))
		})
		defer sub.Stop()
		if n == 0 {
			return c.result()
		}
		clock.restart()
		number(body, 0)
		must(out.Emit(ctx, body))
		if awaited {
			for i := range n {
				sum += <-back
				clock.lap()
				if i+1 < n {
					number(body, i+1)
					must(out.Emit(ctx, body))
				}
			}
		} else {
			<-back
		}
		c.result()
		return sum
	}
}

func rxpeerEcho() (string, func(n, size int) (int, error), error) {
	ctx := context.Background()
	p, err := peer.Open(ctx, quiet(nil))
	if err != nil {
		return "", nil, err
	}
	return p.Addr().String(), func(n, _ int) (int, error) {
		conn, err := accepted(p)
		if err != nil {
			return 0, err
		}
		defer conn.Close()
		if n == 0 {
			return 0, nil
		}
		out := peer.SinkOf[[]byte](conn)
		return 0, operators.Take(peer.Borrow(conn), n).Each(ctx, func(v peer.View) error { return out.Emit(ctx, v.Bytes()) })
	}, nil
}

// rxpeerCalls calls a function of the other side.
func rxpeerCalls(size int) func(took []time.Duration) int {
	return func(took []time.Duration) (sum int) {
		c := child("rxpeer calls")
		c.expect(len(took), size)
		conn, closes := dial(c, nil)
		defer closes()
		body, ctx, clock := message(size), context.Background(), startClock(took)
		for i := range took {
			number(body, i)
			back, err := peer.Call[[]byte, []byte](ctx, conn, "echo", body)
			must(err)
			sum += int(binary.LittleEndian.Uint64(back))
			clock.lap()
		}
		return sum + c.result()
	}
}

// rxpeerRequests is rxpeerCalls by Observables: the next call is made in Next.
func rxpeerRequests(size int) func(took []time.Duration) int {
	return func(took []time.Duration) (sum int) {
		n, c := len(took), child("rxpeer calls")
		c.expect(n, size)
		conn, closes := dial(c, nil)
		defer closes()
		body, ctx, clock := message(size), context.Background(), startClock(took)
		over := make(chan struct{})
		var ask func(i int)
		ask = func(i int) {
			if i == n {
				close(over)
				return
			}
			number(body, i)
			peer.Request[[]byte, []byte](conn, "echo", body).On(ctx, func(back []byte) {
				sum += int(binary.LittleEndian.Uint64(back))
				clock.lap()
				ask(i + 1)
			})
		}
		clock.restart()
		ask(0)
		<-over
		return sum + c.result()
	}
}

func rxpeerCalled() (string, func(n, size int) (int, error), error) {
	p, err := peer.Open(context.Background(), quiet(nil))
	if err != nil {
		return "", nil, err
	}
	_, err = peer.Handle(p, "echo", func(_ context.Context, body []byte) ([]byte, error) { return body, nil }, nil)
	return p.Addr().String(), func(int, int) (int, error) { return 0, nil }, err
}
