package main

import (
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/rxpeer/rxpeer/peer"
)

// sizes are the messages' sizes, in bytes.
var sizes = []int{16, 128, 1 << 10, 16 << 10, 1 << 20}

// links are the comparisons of one connection over TCP.
func links() (all []scenario) {
	for _, size := range sizes {
		all = append(all, link(size), owned(size))
	}
	for _, size := range []int{16, 128} {
		all = append(all, scenario{
			name:  fmt.Sprintf("Peerpy%d", size),
			title: fmt.Sprintf("Messages of %s on peerpy's wire", bytesText(size)),
			about: "The same with peerpy's headers, which the program by hand remembers. The time is that of one message.",
			unit:  "message", want: triangle,
			candidates: []candidate{
				{name: "plain Go", run: plainSend("plain peerpy", plainHeader, size)},
				{name: ours, run: rxpeerSend("rxpeer", size, &peer.Options{NoNative: true})},
			},
			goals: []goal{{slow: "plain Go", fast: ours, least: 0.5}},
		})
	}
	return all
}

// named is the candidate whose messages are values of a named stream.
const named = "rxpeer, a named stream"

// link is the comparison with everyone.
func link(size int) scenario {
	plain, zeromq := 0.75, 1.0
	if size < 1<<10 {
		plain, zeromq = 0.7, 4
	}
	s := scenario{
		name:  fmt.Sprintf("Link%d", size),
		title: fmt.Sprintf("Messages of %s over a connection", bytesText(size)),
		about: "Two processes, one connection on loopback TCP. Messages are numbered, and looked at where they lie. rxpeer's go through " +
			"Filter and Map, those of a named stream too. NATS has its server in the receiver's process. The time is that of one message.",
		unit: "message", want: triangle,
		candidates: []candidate{
			{name: "plain Go", run: plainSend("plain", plainLength, size)},
			{name: ours, run: rxpeerSend("rxpeer", size, nil)},
			{name: named, run: rxpeerExpose(size)},
			zeromqSend(size),
			{name: "NATS", run: natsSend(size)},
			{name: "gRPC", run: grpcSendAll(size)},
			{name: "rsocket-go", run: rsocketSend(size)},
			{name: "mangos", run: mangosSend(size)},
		},
		goals: []goal{
			{slow: "plain Go", fast: ours, least: plain},
			{slow: ours, fast: named, least: 0.9},
			{slow: "ZeroMQ", fast: ours, least: zeromq},
		},
	}
	for _, library := range []string{"NATS", "gRPC", "rsocket-go", "mangos"} {
		s.goals = append(s.goals, goal{slow: library, fast: ours, least: 1})
	}
	return s
}

// owned is the comparison of receivers that keep what they get.
func owned(size int) scenario {
	least := 0.95
	switch size {
	case 128:
		least = 0.75
	case 1 << 20:
		least = 0.8
	}
	return scenario{
		name:  fmt.Sprintf("Owned%d", size),
		title: fmt.Sprintf("Messages of %s that the receiver keeps", bytesText(size)),
		about: "The same; the receiver has a slice of its own for every message. The time is that of one message.",
		unit:  "message", want: triangle,
		candidates: []candidate{
			{name: "plain Go", run: plainSend("plain, owned", plainLength, size)},
			{name: ours, run: rxpeerSend("rxpeer, owned", size, nil)},
		},
		goals: []goal{{slow: "plain Go", fast: ours, least: least}},
	}
}

// tripSize is the size of the messages of round trips, in bytes.
const tripSize = 128

// roundTrip is the comparison of latencies.
var roundTrip = scenario{
	name:  "RoundTrip",
	title: "Round trips of 128 bytes",
	about: "rxpeer's reply is sent from Next; \"awaited\" hands it to another goroutine first, \"a call\" is one of a function, and \"a request\" the same as an Observable. NATS, ZeroMQ, rsocket-go and mangos use " +
		"their requests and replies, gRPC a stream in both directions. Other processes keep the cores awake. The time is that of one round trip.",
	unit: "round trip", want: triangle, trips: true, awake: true,
	candidates: []candidate{
		{name: "plain Go", trip: plainTrips(tripSize)},
		{name: ours, trip: rxpeerTrips(tripSize, false)},
		{name: "rxpeer, awaited", trip: rxpeerTrips(tripSize, true)},
		{name: "rxpeer, a call", trip: rxpeerCalls(tripSize)},
		{name: "rxpeer, a request", trip: rxpeerRequests(tripSize)},
		zeromqTrips(tripSize),
		{name: "NATS", trip: natsTrips(tripSize)},
		{name: "gRPC", trip: grpcTrips(tripSize)},
		{name: "rsocket-go", trip: rsocketTrips(tripSize)},
		{name: "mangos", trip: mangosTrips(tripSize)},
	},
	goals: []goal{
		{slow: ours, fast: "plain Go", of: p50, most: 1.3},
		{slow: ours, fast: "plain Go", of: p99, most: 2},
		{slow: "rxpeer, awaited", fast: "plain Go", of: p50, most: 2},
		{slow: "rxpeer, a call", fast: "plain Go", of: p50, most: 2.2},
		{slow: "rxpeer, a request", fast: "plain Go", of: p50, most: 2.2},
	},
}

// clock notes how long each trip took, from the end of the one before.
type clock struct {
	left []time.Duration
	last time.Time
}

func startClock(took []time.Duration) *clock { return &clock{took, time.Now()} }

// restart makes the first trip begin now.
func (c *clock) restart() { c.last = time.Now() }

// lap ends a trip, and begins the next one.
func (c *clock) lap() {
	now := time.Now()
	c.left[0] = now.Sub(c.last)
	c.left, c.last = c.left[1:], now
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

// splitPort splits the address that a child prints.
func splitPort(address string) (host string, port int) {
	host, digits, err := net.SplitHostPort(address)
	must(err)
	port, err = strconv.Atoi(digits)
	must(err)
	return host, port
}
