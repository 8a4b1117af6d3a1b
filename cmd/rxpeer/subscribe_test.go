package main

import (
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
)

// opened returns a peer of the test's own on loopback, unseen by others.
func opened(t *testing.T, opts *peer.Options) *peer.Peer {
	t.Helper()
	if opts == nil {
		opts = &peer.Options{}
	}
	opts.Address, opts.NoDiscovery = "127.0.0.1", true
	p, err := peer.Open(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func TestSubscribePrintsTypedValues(t *testing.T) {
	type reading struct {
		Room    string
		Celsius float64
	}
	p := opened(t, nil)
	_, err := peer.Expose(p, "temperature", stream.Of(reading{"hall", 20}, reading{"attic\x1b", 31.5}), nil)
	require.NoError(t, err)
	got := rxpeer(t, "subscribe", p.Addr().String(), "temperature")
	assert.Equal(t, result{0, `{"Celsius":20.0,"Room":"hall"}` + "\n" + `{"Celsius":31.5,"Room":"attic\u001b"}` + "\n", ""}, got)
}

func TestSubscribeSaysWhyItCannot(t *testing.T) {
	p := opened(t, nil)
	_, err := peer.Expose(p, "private", stream.Never[int](), &peer.ExposeOptions{Allow: func(*peer.StreamOffer) error { return assert.AnError }})
	require.NoError(t, err)
	full, err := peer.Expose(p, "full", stream.Never[int](), &peer.ExposeOptions{Limit: 1})
	require.NoError(t, err)
	_, err = peer.Expose(p, "broken", stream.Fail[int](assert.AnError), nil)
	require.NoError(t, err)
	address := p.Addr().String()
	first := begin(t, "subscribe", address, "full")
	require.Eventually(t, func() bool { return full.Active() == 1 }, patient, time.Millisecond)
	for name, want := range map[string]result{
		"nothing": {exitRemote, "", `A exposes no stream named "nothing"; see what it does with "rxpeer streams A"`},
		"private": {exitDenied, "", `A denied "private": refused: ` + assert.AnError.Error() + `; ask whoever runs it, or try again later`},
		"full":    {exitDenied, "", `A denied "full": too much under way: 1 at once; ask whoever runs it, or try again later`},
		"broken":  {exitRemote, "", `"broken" of A failed: ` + assert.AnError.Error()},
	} {
		want.errors = "rxpeer: " + want.errors + "\n"
		got := rxpeer(t, "subscribe", address, name)
		got.errors = named(got.errors)
		assert.Equal(t, want, got)
	}
	first.interrupt()

	python := opened(t, &peer.Options{AsPython: true})
	got := rxpeer(t, "subscribe", python.Addr().String(), "x")
	assert.Equal(t, exitRemote, got.code)
	assert.Contains(t, got.errors, "speaks only peerpy's protocol, in which nothing has a name")
}

func TestSubscribeTellsWhenItsSourceGoesAway(t *testing.T) {
	e, address := exposing(t, "x", "--history=1")
	e.enter("one")
	s := begin(t, "subscribe", address, "x")
	s.wait("one")
	assert.Equal(t, exitOK, e.interrupt().code)
	got := s.end()
	assert.Equal(t, exitEnded, got.code)
	assert.Equal(t, `rxpeer: A has taken "x" back; ask whoever runs it, or try again later`+"\n", named(got.errors))
}

func TestSubscribeTellsWhenItsSourceIsKilled(t *testing.T) {
	e := program(t, "expose", "x", "--address=127.0.0.1", "--invisible", "--history=1", "--json")
	in, err := e.StdinPipe()
	require.NoError(t, err)
	out, err := e.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, e.Start())
	defer func() { _ = e.Wait() }()
	buf := make([]byte, 1024)
	n, err := out.Read(buf)
	require.NoError(t, err)
	_, err = in.Write([]byte("one\n"))
	require.NoError(t, err)
	s := begin(t, "subscribe", anAddress.FindString(string(buf[:n])), "x")
	s.wait("one")
	require.NoError(t, e.Process.Kill())
	got := s.end()
	assert.Equal(t, exitEnded, got.code)
	assert.Contains(t, got.errors, "ended the connection")
}

func TestSubscribeEndsAsOthersDoWhenNobodyReadsIt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no head")
	}
	e, address := exposing(t, "x", "--history=1", "--type=json", "--", "sh", "-c", "while echo 1; do sleep 0.01; done")
	s := program(t, "subscribe", address, "x")
	head := exec.Command("head", "-n", "2")
	pipe, err := s.StdoutPipe()
	require.NoError(t, err)
	head.Stdin = pipe
	require.NoError(t, s.Start())
	got, err := head.Output()
	require.NoError(t, err)
	assert.Equal(t, "1\n1\n", string(got))
	require.NoError(t, pipe.Close())
	assert.Error(t, s.Wait(), "a signal ends it")
	assert.Equal(t, exitOK, e.interrupt().code)
}

func TestSubscribeFindsAPeerByItsName(t *testing.T) {
	port, lo := discoveryPort(t), loopback(t)
	start := func(as, name, line string) string {
		e := begin(t, "expose", name, "--as", as, "--history=1", "--address=127.0.0.1", port, lo)
		e.enter(line)
		return anAddress.FindString(e.waitNote("listening at"))
	}
	a, b := start("attic", "x", "of attic"), start("hall", "x", "of hall")
	assert.Equal(t, result{0, "of attic\n", ""}, rxpeer(t, "subscribe", "attic", "x", "--count=1", port, lo))
	got := rxpeer(t, "subscribe", "cellar", "x", port, lo)
	assert.Equal(t, result{exitUnreachable, "", `rxpeer: no peer here is called "cellar"; see who is with "rxpeer streams", or give an address` + "\n"}, got)

	start("attic", "y", "of another attic")
	assert.Equal(t, result{0, "of another attic\n", ""}, rxpeer(t, "subscribe", "attic", "y", "--count=1", port, lo))
	c := start("attic", "x", "of a third attic")
	got = rxpeer(t, "subscribe", "attic", "x", "--count=1", port, lo)
	assert.Equal(t, exitUsage, got.code)
	assert.Contains(t, got.errors, `2 peers are called "attic"; give an address: `)
	assert.Contains(t, got.errors, a)
	assert.Contains(t, got.errors, c)
	assert.NotContains(t, got.errors, b)
}

func TestSubscribeWithoutAPeerPrintsTheStreamsOfEverybody(t *testing.T) {
	port, lo := discoveryPort(t), loopback(t)
	s := begin(t, "subscribe", "x", port, lo)
	start := func(as string) *command {
		return begin(t, "expose", "x", "--as", as, "--history=1", "--address=127.0.0.1", port, lo)
	}
	attic := start("attic")
	attic.enter("one")
	assert.Equal(t, "one", s.wait("one"))
	hall := start("hall")
	hall.enter("two")
	assert.Equal(t, "hall> two", s.wait("two"))
	other := start("attic")
	other.enter("three")
	address := anAddress.FindString(other.waitNote("listening at"))
	assert.Equal(t, "attic "+address+"> three", s.wait("three"))
	attic.enter("four")
	assert.Equal(t, "attic> four", s.wait("four"))
	hall.interrupt()
	assert.Contains(t, s.waitNote("taken"), `has taken "x" back`)
	attic.enter("five")
	s.wait("five")
	assert.Equal(t, exitOK, s.interrupt().code)
}

func TestSubscribeTakesTheNewestAtItsRate(t *testing.T) {
	p := opened(t, nil)
	counter := operators.Scan(stream.Tick(time.Millisecond), 0, func(n int, _ time.Time) int { return n + 1 })
	x, err := peer.Expose(p, "n", counter, nil)
	require.NoError(t, err)
	started := time.Now()
	got := rxpeer(t, "subscribe", p.Addr().String(), "n", "--rate", "20", "--count", "5")
	assert.Equal(t, exitOK, got.code, got.errors)
	assert.GreaterOrEqual(t, time.Since(started), 4*time.Second/20)
	assert.Contains(t, got.errors, "dropped")
	values := strings.Fields(got.out)
	require.Len(t, values, 5)
	last, err := strconv.Atoi(values[4])
	require.NoError(t, err)
	assert.Greater(t, last, 100, "values are left out")
	require.Eventually(t, func() bool { return x.Dropped() > 90 }, patient, time.Millisecond, "where they come from")
}
