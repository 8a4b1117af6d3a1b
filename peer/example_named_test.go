package peer_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
)

// pairForExamples opens two peers on this machine and connects them.
func pairForExamples(ctx context.Context, opts peer.Options) (server *peer.Peer, conn *peer.Connection, closes func()) {
	opts.Address, opts.NoDiscovery = "127.0.0.1", true
	server, err := peer.Open(ctx, &opts)
	if err != nil {
		panic(err)
	}
	opts.Name = ""
	client, err := peer.Open(ctx, &opts)
	if err != nil {
		panic(err)
	}
	conn, err = client.Connect(ctx, server.Addr().String(), nil)
	if err != nil {
		panic(err)
	}
	return server, conn, func() { _, _ = client.Close(), server.Close() }
}

func ExampleExpose() {
	ctx := context.Background()
	server, conn, closes := pairForExamples(ctx, peer.Options{})
	defer closes()

	_, _ = peer.Expose(server, "numbers", stream.Range(1, 1_000_000), nil)

	some := operators.Take(peer.Remote[int](conn, "numbers"), 3) // then the source at the other side stops
	err := some.Each(ctx, func(v int) error { fmt.Println(v); return nil })
	fmt.Println(err)
	// Output:
	// 1
	// 2
	// 3
	// <nil>
}

func ExampleRemoteWith() {
	ctx := context.Background()
	server, conn, closes := pairForExamples(ctx, peer.Options{})
	defer closes()
	clock := stream.NewBehavior("12:00", nil)
	_, _ = peer.Expose(server, "clock", clock.AsObservable(), nil)

	fresh := peer.RemoteWith[string](conn, "clock", &peer.RemoteOptions{Policy: new(stream.Latest())}) // old values are dropped there
	now, err := fresh.Await(ctx)
	fmt.Println(now, err)
	// Output: 12:00 <nil>
}

var errNoRoom = errors.New("no such room")

func ExampleHandle() {
	ctx := context.Background()
	server, conn, closes := pairForExamples(ctx, peer.Options{Errors: map[int]error{0: errNoRoom}}) // both sides know it
	defer closes()

	_, _ = peer.Handle(server, "temperature", func(ctx context.Context, room string) (float64, error) {
		if room != "kitchen" {
			return 0, fmt.Errorf("%s: %w", room, errNoRoom)
		}
		return 21.5, nil
	}, nil)

	fmt.Println(peer.Call[string, float64](ctx, conn, "temperature", "kitchen"))
	_, err := peer.Call[string, float64](ctx, conn, "temperature", "attic")
	fmt.Println(errors.Is(err, errNoRoom))
	// Output:
	// 21.5 <nil>
	// true
}

func ExampleRequest() {
	ctx := context.Background()
	server, conn, closes := pairForExamples(ctx, peer.Options{})
	defer closes()

	_, _ = peer.Handle(server, "square", func(_ context.Context, n int) (int, error) { return n * n, nil }, nil)

	squares := operators.ConcatMap(stream.Range(1, 4), func(n int) stream.Observable[int] {
		return operators.Timeout(peer.Request[int, int](conn, "square", n), time.Second)
	})
	_ = squares.Each(ctx, func(n int) error { fmt.Println(n); return nil })
	// Output:
	// 1
	// 4
	// 9
	// 16
}

func ExampleExposeSink() {
	ctx := context.Background()
	server, conn, closes := pairForExamples(ctx, peer.Options{})
	defer closes()

	_, _ = peer.ExposeSink(server, "log", func(ctx context.Context, from *peer.Connection, in stream.Observable[string]) error {
		return in.Each(ctx, func(line string) error { fmt.Println("logged:", line); return nil })
	}, nil)

	log, err := peer.OpenSink[string](ctx, conn, "log", nil)
	if err != nil {
		panic(err)
	}
	_ = log.Emit(ctx, "hello")
	_ = log.Emit(ctx, "goodbye")
	log.Complete()
	fmt.Println(log.Wait(ctx)) // all of it was dealt with
	// Output:
	// logged: hello
	// logged: goodbye
	// <nil>
}

func ExampleGroup() {
	ctx := context.Background()
	server, conn, closes := pairForExamples(ctx, peer.Options{})
	defer closes()

	here, _ := peer.Group[string](server, "kitchen", nil)
	there, _ := peer.Group[string](conn.Peer(), "kitchen", nil)
	_, _ = there.Members().Await(ctx) // until they have seen each other

	_ = there.Shout("dinner!")
	heard, err := here.Received().Await(ctx)
	fmt.Println(heard.Value, err)
	// Output: dinner! <nil>
}

func ExampleFromAll() {
	ctx := context.Background()
	attic, conn, closes := pairForExamples(ctx, peer.Options{Name: "attic"})
	defer closes()
	_, _ = peer.Expose(attic, "temperature", stream.Of(31.5), nil)

	all := peer.FromAll[float64](conn.Peer(), peer.Connected(), "temperature", nil) // or Everyone, Named, Static …
	first, err := all.Await(ctx)
	fmt.Println(first.Origin.Remote().Identity.Name, first.Value, err)
	// Output: attic 31.5 <nil>
}
