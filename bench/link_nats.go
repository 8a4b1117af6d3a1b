package main

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// NATS has its server in the receiver's process. It drops what a slow
// subscriber leaves, so the sender waits for word of it every natsBurst bytes.

const (
	natsBurst   = 4 << 20
	natsSubject = "values"
	natsWord    = "word"
	natsTrip    = "trip"
)

// natsMessages returns how many messages of a size are a burst.
func natsMessages(size int) int { return max(1, natsBurst/(size+64)) }

// natsServe starts a server and a client of it in this process.
func natsServe() (address string, conn *nats.Conn, err error) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true, MaxPayload: 8 << 20})
	if err != nil {
		return "", nil, err
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		return "", nil, errors.New("nats: the server does not start")
	}
	conn, err = nats.Connect(s.ClientURL(), nats.NoReconnect())
	return s.ClientURL(), conn, err
}

func natsReceiver() (string, func(n, size int) (int, error), error) {
	address, conn, err := natsServe()
	if err != nil {
		return "", nil, err
	}
	t, since := taker{jobs: newJobs()}, 0
	sub, err := conn.Subscribe(natsSubject, func(m *nats.Msg) {
		since++
		burst := natsMessages(len(m.Data))
		if t.take(m.Data) {
			since = 0
		} else if since == burst {
			since = 0
			must(conn.Publish(natsWord, nil))
		}
	})
	if err != nil {
		return "", nil, err
	}
	if err := sub.SetPendingLimits(-1, -1); err != nil {
		return "", nil, err
	}
	return address, t.next, conn.Flush()
}

func natsSend(size int) func(n int) int {
	return func(n int) int {
		c := child("nats")
		c.expect(n, size)
		conn, err := nats.Connect(c.address, nats.NoReconnect())
		must(err)
		defer conn.Close()
		words, err := conn.SubscribeSync(natsWord)
		must(err)
		must(conn.Flush())
		body, burst := message(size), natsMessages(size)
		for i := range n {
			if i >= 2*burst && i%burst == 0 { // one burst may be on its way
				_, err := words.NextMsgWithContext(context.Background())
				must(err)
			}
			number(body, i)
			must(conn.Publish(natsSubject, body))
		}
		must(conn.Flush())
		return c.result()
	}
}

func natsTrips(size int) func(took []time.Duration) int {
	return func(took []time.Duration) (sum int) {
		c := child("nats echo")
		conn, err := nats.Connect(c.address, nats.NoReconnect())
		must(err)
		defer conn.Close()
		body, clock := message(size), startClock(took)
		for i := range took {
			number(body, i)
			m, err := conn.Request(natsTrip, body, time.Minute)
			must(err)
			sum += int(binary.LittleEndian.Uint64(m.Data))
			clock.lap()
		}
		return sum
	}
}

func natsEcho() (string, func(n, size int) (int, error), error) {
	address, conn, err := natsServe()
	if err != nil {
		return "", nil, err
	}
	_, err = conn.Subscribe(natsTrip, func(m *nats.Msg) { must(m.Respond(m.Data)) })
	if err != nil {
		return "", nil, err
	}
	return address, nil, conn.Flush()
}
