package discovery_test

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/netip"
	"time"

	"github.com/rxpeer/rxpeer/discovery"
	"github.com/rxpeer/rxpeer/stream"
)

// aside returns options for peers on this machine that meet no strangers.
func aside() *discovery.Options {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	port := conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	return &discovery.Options{Port: port, Interfaces: discovery.Loopback, Interval: 20 * time.Millisecond}
}

func ExampleAnnounce() {
	ctx, opts := context.Background(), aside()
	for _, listener := range []string{"127.0.0.1:5000", "0.0.0.0:5001"} {
		a, err := discovery.Announce(ctx, netip.MustParseAddrPort(listener), opts)
		if err != nil {
			log.Fatal(err)
		}
		defer a.Close()
	}
	fmt.Println(discovery.LocalPeers(ctx, opts))
	// Output: [127.0.0.1:5000 127.0.0.1:5001] <nil>
}

func ExampleLocalPeers() {
	opts := aside()
	opts.Wait = 50 * time.Millisecond
	peers, err := discovery.LocalPeers(context.Background(), opts)
	fmt.Println(len(peers), err)
	// Output: 0 <nil>
}

func ExampleBrowse() {
	ctx, opts := context.Background(), aside()
	a, err := discovery.Announce(ctx, netip.MustParseAddrPort("127.0.0.1:5000"), opts)
	if err != nil {
		log.Fatal(err)
	}
	for event, err := range discovery.Browse(opts).Values(ctx, stream.Unbounded()) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(event)
		if event.Kind == discovery.Lost {
			break
		}
		a.Close()
	}
	// Output:
	// found 127.0.0.1:5000 (broadcast)
	// lost 127.0.0.1:5000 (broadcast)
}
