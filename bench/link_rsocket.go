package main

import (
	"context"
	"encoding/binary"
	"net"
	"time"

	"github.com/rsocket/rsocket-go"
	"github.com/rsocket/rsocket-go/core/transport"
	"github.com/rsocket/rsocket-go/logger"
	"github.com/rsocket/rsocket-go/payload"
	"github.com/rsocket/rsocket-go/rx"
	"github.com/rsocket/rsocket-go/rx/flux"
	"github.com/rsocket/rsocket-go/rx/mono"
)

// In RSocket the receiver accepts the connection and requests a stream over it,
// without bounds, if the setup says that there is one.

const rsocketStream = "stream"

// rsocketServe serves each connection with accept.
func rsocketServe(accept rsocket.ServerAcceptor) (address string, err error) {
	logger.SetLogger(nil) // it would tell of every connection that ends
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	taken := transport.NewTCPServerTransport(func(context.Context) (net.Listener, error) { return ln, nil })
	serving := rsocket.Receive().Acceptor(accept).Transport(func(context.Context) (transport.ServerTransport, error) { return taken, nil })
	go func() { must(serving.Serve(context.Background())) }() // ends with the process
	return ln.Addr().String(), nil
}

func rsocketReceiver() (string, func(n, size int) (int, error), error) {
	t := taker{jobs: newJobs()}
	echo := rsocket.NewAbstractSocket(rsocket.RequestResponse(func(p payload.Payload) mono.Mono {
		return mono.Just(payload.New(append([]byte(nil), p.Data()...), nil))
	}))
	address, err := rsocketServe(func(_ context.Context, setup payload.SetupPayload, s rsocket.CloseableRSocket) (rsocket.RSocket, error) {
		if setup.DataUTF8() == rsocketStream {
			s.RequestStream(payload.New(nil, nil)).Subscribe(context.Background(), rx.OnNext(func(p payload.Payload) error {
				t.take(p.Data())
				return nil
			}))
		}
		return echo, nil
	})
	return address, t.next, err
}

// rsocketDial connects to a child; stream is what it is sent if it requests one.
// The client may fail, rarely, because its setup is written while its own
// goroutine flushes: then it is tried again, and only the one that is returned
// sends.
func rsocketDial(c *far, setup string, stream func(flux.Sink)) rsocket.Client {
	logger.SetLogger(nil)
	host, port := splitPort(c.address)
	var failed error
	for range 10 {
		ready := make(chan struct{})
		client, err := rsocket.Connect().SetupPayload(payload.NewString(setup, "")).
			Acceptor(func(context.Context, rsocket.RSocket) rsocket.RSocket {
				return rsocket.NewAbstractSocket(rsocket.RequestStream(func(payload.Payload) flux.Flux {
					return flux.Create(func(ctx context.Context, s flux.Sink) {
						select {
						case <-ready:
							stream(s)
						case <-ctx.Done():
						}
					})
				}))
			}).
			Transport(rsocket.TCPClient().SetHostAndPort(host, port).Build()).Start(context.Background())
		if err == nil {
			close(ready)
			return client
		}
		failed = err
	}
	panic(failed)
}

func rsocketSend(size int) func(n int) int {
	return func(n int) int {
		c := child("rsocket")
		c.expect(n, size)
		client := rsocketDial(c, rsocketStream, func(s flux.Sink) {
			for i := range n {
				body := message(size) // it is kept until it is sent
				number(body, i)
				s.Next(payload.New(body, nil))
			}
			s.Complete()
		})
		defer client.Close()
		return c.result()
	}
}

func rsocketTrips(size int) func(took []time.Duration) int {
	return func(took []time.Duration) (sum int) {
		client := rsocketDial(child("rsocket"), "", nil)
		defer client.Close()
		clock := startClock(took)
		for i := range took {
			body := message(size) // it is kept until it is sent
			number(body, i)
			back, release, err := client.RequestResponse(payload.New(body, nil)).BlockUnsafe(context.Background())
			must(err)
			sum += int(binary.LittleEndian.Uint64(back.Data()))
			release()
			clock.lap()
		}
		return sum
	}
}
