package main

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/peer"
)

// handler exposes f under name.
func handler[Q, R any](t *testing.T, p *peer.Peer, name string, f func(ctx context.Context, q Q) (R, error)) {
	t.Helper()
	_, err := peer.Handle(p, name, f, nil)
	require.NoError(t, err)
}

func echo[T any](_ context.Context, v T) (T, error) { return v, nil }

func TestCallPrintsWhatAHandlerReturns(t *testing.T) {
	type order struct {
		Lamp string
		On   bool
	}
	p := opened(t, nil)
	handler(t, p, "echo", echo[any])
	handler(t, p, "switch", echo[order])
	handler(t, p, "bytes", echo[[]byte])
	address := p.Addr().String()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"echo"}, "null"},
		{[]string{"echo", `{"b": [1, 2.0], "a": 12345678901234567890123}`}, `{"a":12345678901234567890123,"b":[1,2.0]}`},
		{[]string{"echo", "not JSON"}, `"not JSON"`},
		{[]string{"echo", "--", "-5"}, `-5`},
		{[]string{"switch", `{"Lamp":"hall","On":true}`}, `{"Lamp":"hall","On":true}`},
		{[]string{"--type=bytes", "bytes", `{}`}, `{}`},
		{[]string{"--type=bytes", "bytes"}, `{"$bytes":""}`},
	} {
		assert.Equal(t, result{0, c.want + "\n", ""}, rxpeer(t, append([]string{"call", address}, c.args...)...), c.args)
	}
	assert.Equal(t, result{0, `{"event":"result","peer":"` + address + `","name":"echo","data":[true]}` + "\n", ""},
		rxpeer(t, "call", "--json", address, "echo", "[true]"))
}

func TestCallSaysWhyThereIsNoResult(t *testing.T) {
	p := opened(t, nil)
	handler(t, p, "number", echo[int])
	handler(t, p, "fail", func(context.Context, any) (int, error) { return 0, errors.New("the lamp is\nbroken") })
	handler(t, p, "panic", func(context.Context, any) (int, error) { panic("odd") })
	handler(t, p, "wait", func(ctx context.Context, _ any) (int, error) { <-ctx.Done(); return 0, ctx.Err() })
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"nothing"}, exitRemote, `A exposes no handler named "nothing"; see what it does with "rxpeer streams A"`},
		{[]string{"fail"}, exitRemote, `"fail" of A failed: the lamp is broken`},
		{[]string{"panic"}, exitRemote, `"panic" of A failed: odd`},
		{[]string{"wait", "--within", "20ms"}, exitEnded, "A did not answer within 20ms; wait longer with --within"},
		{[]string{"number", `"one"`}, exitUsage, ""},
		{[]string{"number", "--type=bytes"}, exitUsage, `A does not take this for "number": the types differ: int here, []uint8 asked for`},
	} {
		got := rxpeer(t, append([]string{"call", p.Addr().String()}, c.args...)...)
		assert.Equal(t, c.code, got.code, c.args)
		assert.Empty(t, got.out)
		if c.want != "" {
			assert.Equal(t, "rxpeer: "+c.want+"\n", named(got.errors))
		}
	}
	got := rxpeer(t, "call", p.Addr().String(), "number", `"one"`)
	assert.Contains(t, got.errors, `does not take this for "number": the types differ: `)

	c := begin(t, "call", p.Addr().String(), "wait")
	started := make(chan struct{})
	handler(t, p, "wait2", func(ctx context.Context, _ any) (int, error) { close(started); <-ctx.Done(); return 0, ctx.Err() })
	assert.Equal(t, exitEnded, c.interrupt().code)
	c = begin(t, "call", p.Addr().String(), "wait2")
	<-started
	ended := c.interrupt()
	assert.Equal(t, exitEnded, ended.code)
	assert.Equal(t, "rxpeer: interrupted before A had answered; it is told so\n", named(ended.errors))
}

func TestCallReachesAPeerByItsName(t *testing.T) {
	port, lo := discoveryPort(t), loopback(t)
	first := begin(t, "expose", "echo", "--as", "attic", "--address=127.0.0.1", port, lo)
	first.waitNote("listening at")
	got := rxpeer(t, "call", "attic", "echo", port, lo)
	assert.Equal(t, exitRemote, got.code)
	assert.Contains(t, got.errors, `exposes no handler named "echo"`)
}
