package main

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rxpeer/rxpeer/discovery"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// person is somebody who chats, as the test types and reads.
type person struct {
	keyboard *io.PipeWriter
	leave    context.CancelFunc
	left     chan error

	mu     sync.Mutex
	screen strings.Builder
	more   chan struct{} // closed and replaced when something is printed
}

func enter(t *testing.T, name string, join []string, opts *peer.Options) *person {
	ctx, cancel := context.WithCancel(t.Context())
	p := &person{leave: cancel, left: make(chan error, 1), more: make(chan struct{})}
	var in *io.PipeReader
	in, p.keyboard = io.Pipe()
	go func() { p.left <- chat(ctx, name, join, opts, in, p) }() // ends when p leaves
	t.Cleanup(func() {
		cancel()
		_ = p.keyboard.Close()
	})
	return p
}

func (p *person) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.more)
	p.more = make(chan struct{})
	return p.screen.Write(b)
}

func (p *person) types(line string) { _, _ = io.WriteString(p.keyboard, line+"\n") }

// sees returns all that was printed, or what was printed until it contains
// text.
func (p *person) sees(t *testing.T, text string) string {
	t.Helper()
	over := time.After(20 * time.Second)
	for {
		p.mu.Lock()
		screen, more := p.screen.String(), p.more
		p.mu.Unlock()
		if strings.Contains(screen, text) {
			return screen
		}
		select {
		case <-more:
		case <-over:
			require.FailNow(t, "not printed", "%q is not in:\n%s", text, screen)
		}
	}
}

func TestEverybodyHearsEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memory.New(nil)
		at := func(host string) *peer.Options {
			return &peer.Options{Network: network.Host(host), Address: host + ":1", NoDiscovery: true}
		}
		ada := enter(t, "ada", []string{"bob:1"}, at("ada"))
		synctest.Wait()
		assert.Contains(t, ada.sees(t, "* cannot join bob:1 yet"), "* you are ada, at ada:1\n")

		bob := enter(t, "bob", []string{"nobody:1"}, at("bob"))
		eve := enter(t, "eve\x1b[2J", []string{"bob:1", "ada:1"}, at("eve"))
		time.Sleep(time.Minute) // virtual, for ada to try again
		ada.types("hello, all")
		synctest.Wait()
		bob.types("hi \aada")
		synctest.Wait()
		ada.leave()
		require.NoError(t, <-ada.left)
		synctest.Wait()
		bob.types("gone?")
		synctest.Wait()
		require.NoError(t, bob.keyboard.Close())
		require.NoError(t, <-bob.left)
		synctest.Wait()

		assert.Equal(t, []string{"* you are bob, at bob:1", "* ada is here", "* eve[2J is here", "ada: hello, all", "* ada has left"},
			withoutFailures(bob))
		assert.Equal(t, []string{"* you are ada, at ada:1", "* bob is here", "* eve[2J is here", "bob: hi ada"},
			withoutFailures(ada))
		assert.Equal(t, []string{"* you are eve[2J, at eve:1", "* ada is here", "* bob is here", "ada: hello, all", "bob: hi ada",
			"* ada has left", "bob: gone?", "* bob has left"}, withoutFailures(eve))
		eve.leave()
		require.NoError(t, <-eve.left)
	})
}

// withoutFailures returns the lines on p's screen without attempts to join, and
// with those who were there at first in the order of their names.
func withoutFailures(p *person) (lines []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for line := range strings.Lines(p.screen.String()) {
		line = strings.TrimSuffix(line, "\n")
		n := len(lines)
		switch {
		case strings.HasPrefix(line, "* cannot join "):
		case strings.HasSuffix(line, " is here") && strings.HasSuffix(lines[n-1], " is here") && line < lines[n-1]:
			lines = append(lines[:n-1], line, lines[n-1])
		default:
			lines = append(lines, line)
		}
	}
	return lines
}

func TestThoseOnOneNetworkFindEachOther(t *testing.T) {
	probe, err := net.ListenPacket("udp4", "127.0.0.1:0")
	require.NoError(t, err)
	port := uint16(probe.LocalAddr().(*net.UDPAddr).Port)
	require.NoError(t, probe.Close())
	opts := &peer.Options{
		Address:   "127.0.0.1",
		Discovery: &discovery.Options{Port: port, Interfaces: discovery.Loopback, Interval: 50 * time.Millisecond},
	}
	ada, bob := enter(t, "ada", nil, opts), enter(t, "bob", nil, opts)
	ada.sees(t, "* bob is here\n")
	bob.sees(t, "* ada is here\n")
	ada.types("hello")
	bob.sees(t, "ada: hello\n")
	require.NoError(t, ada.keyboard.Close())
	require.NoError(t, <-ada.left)
	assert.Equal(t, 1, strings.Count(bob.sees(t, "* ada has left\n"), "hello"))
}

func TestAPortThatIsTakenIsAnError(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	p := enter(t, "ada", nil, &peer.Options{Address: l.Addr().String(), NoDiscovery: true})
	assert.ErrorContains(t, <-p.left, "address already in use")
}
