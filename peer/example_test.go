package peer_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// twoPeers opens two peers on this machine and connects them.
func twoPeers(opts *peer.ConnectOptions) (near, far *peer.Connection, end func()) {
	ctx := context.Background()
	a, err := peer.Open(ctx, &peer.Options{Address: "127.0.0.1", NoDiscovery: true})
	check(err)
	b, err := peer.Open(ctx, &peer.Options{Address: "127.0.0.1", NoDiscovery: true})
	check(err)
	near, err = a.Connect(ctx, b.Addr().String(), opts)
	check(err)
	far, err = b.Connections().Await(ctx)
	check(err)
	return near, far, func() { check(errors.Join(a.Close(), b.Close())) }
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func ExampleOpen() {
	ctx := context.Background()
	p, err := peer.Open(ctx, &peer.Options{Address: "127.0.0.1", NoDiscovery: true})
	check(err)
	defer p.Close()
	addr, err := p.Listening().Await(ctx)
	check(err)
	fmt.Println(addr == p.Addr(), addr.Host())
	// Output: true 127.0.0.1
}

func ExampleReceive() {
	type Reading struct {
		Sensor string
		Value  float64
	}
	ctx := context.Background()
	near, far, end := twoPeers(nil)
	out := peer.SinkOf[Reading](near)
	check(out.Emit(ctx, Reading{"hall", 21.5}))
	check(out.Emit(ctx, Reading{"oven", 180}))
	end()

	hot := operators.Filter(peer.Receive[Reading](far), func(r Reading) bool { return r.Value > 30 })
	check(hot.Each(ctx, func(r Reading) error {
		_, err := fmt.Println(r.Sensor, r.Value)
		return err
	}))
	// Output: oven 180
}

func ExampleSinkOf() {
	ctx := context.Background()
	near, far, end := twoPeers(&peer.ConnectOptions{DataType: codec.Raw})
	defer end()
	check(peer.SinkOf[any](near).Emit(ctx, codec.Tuple{"a Python tuple", int64(1)}))
	v, err := far.Data().Await(ctx)
	check(err)
	fmt.Println(v)
	// Output: [a Python tuple 1]
}

func ExampleSinkAs() {
	ctx := context.Background()
	near, far, end := twoPeers(&peer.ConnectOptions{Lenient: true})
	defer end()
	check(peer.SinkAs[[]byte](near, codec.Bytes).Emit(ctx, []byte("bytes on a JSON connection")))
	v, err := far.Data().Await(ctx)
	check(err)
	fmt.Printf("%s\n", v)
	// Output: bytes on a JSON connection
}

func ExampleReceiveWith() {
	ctx := context.Background()
	near, far, end := twoPeers(nil)
	defer end()
	check(peer.SinkOf[string](near).Emit(ctx, "not a number"))
	numbers := peer.ReceiveWith[int](far, &peer.ReceiveOptions{EndOnFault: true})
	_, err := numbers.Await(ctx)
	var fault *peer.Fault
	fmt.Println(errors.As(err, &fault), fault.Size)
	// Output: true 24
}

func ExampleKeep() {
	ctx := context.Background()
	hub, err := peer.Open(ctx, &peer.Options{Address: "127.0.0.1", NoDiscovery: true})
	check(err)
	defer hub.Close()
	sensor, err := peer.Open(ctx, &peer.Options{Address: "127.0.0.1", NoDiscovery: true})
	check(err)
	defer sensor.Close()
	sensor.Connections().On(ctx, func(c *peer.Connection) { _ = peer.SinkOf[float64](c).Emit(ctx, 21.5) })

	readings := operators.FlatMap(peer.Keep(hub, peer.Static(sensor.Addr().String())),
		func(c *peer.Connection) stream.Observable[float64] { return peer.Receive[float64](c) }, nil)
	value, err := readings.Await(ctx)
	check(err)
	fmt.Println(value)
	// Output: 21.5
}

func ExampleOffer_Deny() {
	ctx := context.Background()
	picky, err := peer.Open(ctx, &peer.Options{Address: "127.0.0.1", NoDiscovery: true, Offers: peer.Ask})
	check(err)
	defer picky.Close()
	picky.Offers().On(ctx, func(o *peer.Offer) { _ = o.Deny("only on Sundays") })

	other, err := peer.Open(ctx, &peer.Options{Address: "127.0.0.1", NoDiscovery: true})
	check(err)
	defer other.Close()
	_, err = other.Connect(ctx, picky.Addr().String(), nil)
	var denied *transport.DeniedError
	fmt.Println(errors.As(err, &denied), denied.Reason)
	// Output: true only on Sundays
}
