package main

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// sizes are the messages' sizes, in bytes.
var sizes = []int{16, 128, 1 << 10, 16 << 10, 1 << 20}

// links are the comparisons over TCP.
func links() (all []scenario) {
	for _, size := range sizes {
		least := 0.75
		if size < 1<<10 {
			least = 0.7
		}
		all = append(all, scenario{
			name:  fmt.Sprintf("Link%d", size),
			title: fmt.Sprintf("Messages of %s over a connection", bytesText(size)),
			about: "Two processes, one connection on loopback TCP. Messages are numbered, and looked at where they lie. rxpeer's go through " +
				"Filter and Map. The time is that of one message.",
			unit: "message", want: triangle,
			candidates: []candidate{
				{"plain Go", plainSend("plain", plainLength, size)},
				{ours, rxpeerSend("rxpeer", size, nil)},
			},
			goals: []goal{{slow: "plain Go", fast: ours, least: least}},
		})
		least = 0.95
		if size == 128 {
			least = 0.75
		} else if size == 1<<20 {
			least = 0.8
		}
		all = append(all, scenario{
			name:  fmt.Sprintf("Owned%d", size),
			title: fmt.Sprintf("Messages of %s that the receiver keeps", bytesText(size)),
			about: "The same; the receiver has a slice of its own for every message. The time is that of one message.",
			unit:  "message", want: triangle,
			candidates: []candidate{
				{"plain Go", plainSend("plain, owned", plainLength, size)},
				{ours, rxpeerSend("rxpeer, owned", size, nil)},
			},
			goals: []goal{{slow: "plain Go", fast: ours, least: least}},
		})
	}
	for _, size := range []int{16, 128} {
		all = append(all, scenario{
			name:  fmt.Sprintf("Peerpy%d", size),
			title: fmt.Sprintf("Messages of %s on peerpy's wire", bytesText(size)),
			about: "The same with peerpy's headers, which the program by hand remembers. The time is that of one message.",
			unit:  "message", want: triangle,
			candidates: []candidate{
				{"plain Go", plainSend("plain peerpy", plainHeader, size)},
				{ours, rxpeerSend("rxpeer", size, &peer.Options{NoNative: true})},
			},
			goals: []goal{{slow: "plain Go", fast: ours, least: 0.5}},
		})
	}
	return append(all, scenario{
		name:  "RoundTrip",
		title: "Round trips of 128 bytes",
		about: "The reply is sent from Next; \"awaited\" hands it to another goroutine first. Other processes keep the cores awake. " +
			"The time is that of one round trip.",
		unit: "round trip", want: triangle, awake: true,
		candidates: []candidate{
			{"plain Go", plainTrips(128)},
			{ours, rxpeerTrips(128, false)},
			{"rxpeer, awaited", rxpeerTrips(128, true)},
		},
		goals: []goal{{slow: ours, fast: "plain Go", most: 1.3}, {slow: "rxpeer, awaited", fast: "plain Go", most: 2}},
	})
}

func bytesText(n int) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

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

// accepted returns the next connection that is open.
func accepted(p *peer.Peer) (*peer.Connection, error) {
	open := operators.Filter(p.Connections(), func(c *peer.Connection) bool { return c.Err() == nil })
	return open.Await(context.Background())
}

// rxpeerReceiver receives.
func rxpeerReceiver(owned bool) func() (string, func(n, size int) (int, error), error) {
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
			if owned {
				err = peer.Receive[[]byte](conn).Each(context.Background(), c.take)
			} else {
				numbers := operators.Map(operators.Filter(peer.Borrow(conn), isWhole(size)), numberOf)
				err = numbers.Each(context.Background(), c.takeNumber)
			}
			if err == errLast {
				err = nil
			}
			return c.sum, err
		}, nil
	}
}

func isWhole(size int) func(peer.View) bool {
	return func(v peer.View) bool { return len(v.Bytes()) == size }
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
func rxpeerTrips(size int, awaited bool) func(n int) int {
	return func(n int) (sum int) {
		c := child("rxpeer echo")
		c.expect(n, size)
		conn, closes := dial(c, nil)
		defer closes()
		out, body, ctx := peer.SinkOf[[]byte](conn), message(size), context.Background()
		back := make(chan int, 1)
		i := 0
		sub := peer.Borrow(conn).On(ctx, func(v peer.View) {
			got := numberOf(v)
			if awaited {
				back <- got
				return
			}
			sum += got
			if i++; i == n {
				close(back)
				return
			}
			number(body, i)
			must(out.Emit(ctx, body))
		})
		defer sub.Stop()
		if n == 0 {
			c.result()
			return 0
		}
		number(body, 0)
		must(out.Emit(ctx, body))
		if awaited {
			for i := range n {
				sum += <-back
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
