package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestDiscoverPrintsWhoIsThere(t *testing.T) {
	port, lo := discoveryPort(t), loopback(t)
	assert.Equal(t, result{}, rxpeer(t, "discover", port, lo, "--wait", "50ms"))

	l := begin(t, "listen", "--address", "127.0.0.1", port, lo)
	address := l.address()
	hidden := begin(t, "listen", "--address", "127.0.0.1", "--invisible", port, lo)
	hidden.address()
	assert.Equal(t, result{0, address + "\n", ""}, rxpeer(t, "discover", port, lo))
	assert.Equal(t, result{0, `{"event":"found","address":"` + address + `"}` + "\n", ""}, rxpeer(t, "discover", "--json", port, lo))
}

func TestDiscoverWatchesWhoComesAndGoes(t *testing.T) {
	port, lo := discoveryPort(t), loopback(t)
	d := begin(t, "discover", "--watch", "--interval", "20ms", port, lo)
	j := begin(t, "discover", "--watch", "--interval", "20ms", "--json", port, lo)
	l := begin(t, "listen", "--address", "127.0.0.1", port, lo)
	address := l.address()
	d.wait("found " + address)
	j.wait("found")
	l.interrupt()
	d.wait("lost  " + address)
	j.wait("lost")
	assert.Equal(t, result{0, "found " + address + "\nlost  " + address, ""}, d.interrupt())
	assert.Equal(t, `{"event":"found","address":"A"}`+"\n"+`{"event":"lost","address":"A"}`, named(j.interrupt().out))
}

func TestDiscoverCanBeInterrupted(t *testing.T) {
	d := begin(t, "discover", "--wait", "1h", discoveryPort(t), loopback(t))
	assert.Equal(t, result{}, d.interrupt())
}

func TestVersionSaysWhatThisIs(t *testing.T) {
	v := rxpeer(t, "version")
	assert.Equal(t, exitOK, v.code)
	assert.True(t, strings.HasPrefix(v.out, "rxpeer "), v.out)
	assert.True(t, strings.HasPrefix(rxpeer(t, "version", "--json").out, `{"event":"version","version":"`))
}
