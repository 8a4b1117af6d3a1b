package main

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
)

func TestStreamsListsWhatAPeerExposes(t *testing.T) {
	p := opened(t, &peer.Options{Name: "attic"})
	address := p.Addr().String()
	assert.Equal(t, result{}, rxpeer(t, "streams", address))
	handler(t, p, "double", echo[int])
	_, err := peer.Expose(p, "load\x1b", stream.Never[any](), nil)
	require.NoError(t, err)
	got := rxpeer(t, "streams", address)
	assert.Equal(t, `KIND     NAME    TYPE       PEER   ADDRESS
stream   load�   any        attic  A
handler  double  int → int  attic  A
`, named(got.out))
	assert.Equal(t, `{"event":"exposed","kind":"stream","name":"load\u001b","codec":"json","peer":"attic","address":"A"}
{"event":"exposed","kind":"handler","name":"double","type":"int","reply":"int","codec":"json","peer":"attic","address":"A"}
`, named(rxpeer(t, "streams", "--json", address).out))

	python := opened(t, &peer.Options{AsPython: true})
	got = rxpeer(t, "streams", python.Addr().String())
	assert.Equal(t, exitRemote, got.code)
}

func TestStreamsListsWhatEverybodyExposes(t *testing.T) {
	port, lo := discoveryPort(t), loopback(t)
	assert.Equal(t, result{}, rxpeer(t, "streams", port, lo, "--wait=50ms"))
	for _, name := range []string{"hall", "attic"} {
		begin(t, "expose", name+" load", "--as", name, "--address=127.0.0.1", port, lo).waitNote("listening at")
	}
	assert.Equal(t, `KIND    NAME        TYPE    PEER   ADDRESS
stream  attic load  string  attic  A
stream  hall load   string  hall   B
`, named(rxpeer(t, "streams", port, lo).out))
	assert.Equal(t, `KIND    NAME        TYPE    PEER   ADDRESS
stream  attic load  string  attic  A
`, named(rxpeer(t, "streams", "attic", "--once", port, lo).out))
}

func TestStreamsDrawsWhatChanges(t *testing.T) {
	p, viewer := opened(t, &peer.Options{Name: "attic"}), opened(t, nil)
	conn, err := viewer.Connect(t.Context(), p.Addr().String(), nil)
	require.NoError(t, err)
	c := &command{t: t, out: newScreen(), result: make(chan result)}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	watching := &table{out: c.out, size: func() (int, int, error) { return 40, 5, nil }, titles: titles}
	go func() { ended <- new(catalog).watch(ctx, viewer, conn, watching) }() // ends with ctx
	assert.Equal(t, "looking for streams …\x1b[K\nCtrl-C ends\x1b[K\n\x1b[J", c.wait("looking"))
	for _, name := range []string{"a", "b", "a long name that does not fit a terminal"} {
		_, err = peer.Expose(p, name, stream.Never[int](), nil)
		require.NoError(t, err)
	}
	last := c.wait("… and 2 more")
	up := regexp.MustCompile("^\x1b\\[[2-4]A")
	assert.Regexp(t, up, last)
	for line := range strings.Lines(strings.TrimSuffix(up.ReplaceAllString(last, ""), "\x1b[J")) {
		assert.LessOrEqual(t, len([]rune(strings.TrimSuffix(line, "\x1b[K\n"))), 39)
	}
	cancel()
	assert.NoError(t, <-ended)

	again, second := make(chan error, 1), &command{t: t, out: newScreen(), result: make(chan result)}
	watching = &table{out: second.out, size: watching.size, titles: titles}
	go func() { again <- new(catalog).watch(t.Context(), viewer, conn, watching) }() // ends with the connection
	second.wait("… and 2 more")
	require.NoError(t, p.Close())
	assert.Equal(t, exitEnded, codeOf(<-again))
}
