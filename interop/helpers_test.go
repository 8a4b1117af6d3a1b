package interop

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rxpeer/rxpeer/discovery"
	"github.com/rxpeer/rxpeer/internal/netns"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// helpers are Go peers on hosts of their own. Each prints where it listens
// before anything else.
var helpers = map[string]netns.Helper{
	"announce": announce,
	"ask":      ask,
	"watch":    watch,
	"send":     send,
	"receive":  receive,
	"exchange": exchangeWithAll,
}

// openHere opens a peer as a program would that knows nothing of its host.
func openHere(ctx context.Context, opts *peer.Options) (*peer.Peer, error) {
	p, err := peer.Open(ctx, opts)
	if err == nil {
		fmt.Println(p.Addr())
	}
	return p, err
}

// announce is a peer that is there; it is invisible if an argument says so.
func announce(ctx context.Context, args []string) error {
	p, err := openHere(ctx, &peer.Options{Invisible: slices.Contains(args, "invisible")})
	if err != nil {
		return err
	}
	<-ctx.Done()
	return p.Close()
}

// ask prints who answers, in one line.
func ask(ctx context.Context, _ []string) error {
	p, err := openHere(ctx, nil)
	if err != nil {
		return err
	}
	defer p.Close()
	around, err := p.LocalPeers(ctx)
	if err != nil {
		return err
	}
	fmt.Println(sorted(around))
	return nil
}

// watch prints who comes and goes.
func watch(ctx context.Context, _ []string) error {
	p, err := openHere(ctx, nil)
	if err != nil {
		return err
	}
	defer p.Close()
	err = p.Neighbors().Each(ctx, func(e discovery.Event) error {
		fmt.Println(e.Kind, e.Addr)
		return nil
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// exchangeWithAll connects to everyone around, sends its address, and prints
// what it receives.
func exchangeWithAll(ctx context.Context, _ []string) error {
	p, err := openHere(ctx, nil)
	if err != nil {
		return err
	}
	defer p.Close()
	around, err := p.LocalPeers(ctx)
	if err != nil {
		return err
	}
	for _, addr := range around {
		conn, err := p.ConnectAddr(ctx, addr, nil)
		if err != nil {
			return err
		}
		if err := peer.SinkOf[string](conn).Emit(ctx, p.Addr().String()); err != nil {
			return err
		}
		v, err := peer.Receive[string](conn).Await(ctx)
		if err != nil {
			return err
		}
		fmt.Println(v)
	}
	return nil
}

// send sends many patterns: its arguments are to whom, how many, and how large.
func send(ctx context.Context, args []string) error {
	count, size, err := numbers(args[1:])
	if err != nil {
		return err
	}
	p, err := openHere(ctx, &peer.Options{Linger: patience})
	if err != nil {
		return err
	}
	defer p.Close()
	conn, err := p.Connect(ctx, args[0], &peer.ConnectOptions{DataType: codec.Bytes})
	if err != nil {
		return err
	}
	out := peer.SinkOf[[]byte](conn)
	for i := range count {
		if err := out.Emit(ctx, pattern(i, size)); err != nil {
			return err
		}
	}
	return conn.Close()
}

// receive prints how many of the patterns that one connection brings are as
// they should be: its arguments are how many, and how large.
func receive(ctx context.Context, args []string) error {
	count, size, err := numbers(args)
	if err != nil {
		return err
	}
	p, err := openHere(ctx, nil)
	if err != nil {
		return err
	}
	defer p.Close()
	conn, err := p.Connections().Await(ctx)
	if err != nil {
		return err
	}
	n, intact, enough := 0, 0, errors.New("enough")
	err = peer.Receive[[]byte](conn).Each(ctx, func(b []byte) error {
		if string(b) == string(pattern(n, size)) {
			intact++
		}
		if n++; n == count {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) {
		return fmt.Errorf("%d of %d came: %w", n, count, err)
	}
	fmt.Println(intact)
	return nil
}

func numbers(args []string) (count, size int, err error) {
	if count, err = strconv.Atoi(args[0]); err != nil {
		return 0, 0, err
	}
	size, err = strconv.Atoi(args[1])
	return count, size, err
}

// sorted words them in one line, in order.
func sorted[T fmt.Stringer](all []T) string {
	words := make([]string, len(all))
	for i, v := range all {
		words[i] = v.String()
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}
