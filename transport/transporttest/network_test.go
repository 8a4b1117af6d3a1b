package transporttest_test

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"go.uber.org/goleak"

	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/memory"
	"github.com/rxpeer/rxpeer/transport/transporttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fault is one way to break the connections of a sound network, and the rule
// that must notice it.
type fault struct {
	rule string
	conn func(net.Conn) net.Conn
}

var faults = map[string]fault{
	"a reset looks like an end": {
		"a_reset_is_an_error,_not_an_end", func(c net.Conn) net.Conn { return resetIsEOF{c} },
	},
	"close loses the tail": {
		"an_orderly_close_loses_nothing", func(c net.Conn) net.Conn { return closeResets{c} },
	},
	"deadlines are ignored": {
		"a_deadline_in_the_past_ends_at_once", func(c net.Conn) net.Conn { return timeless{c} },
	},
	"no half close": {
		"a_half_close_ends_one_direction", func(c net.Conn) net.Conn { return struct{ net.Conn }{c} },
	},
	"bytes are counted wrong": {
		"nothing_is_unsent_after_the_remote_has_read", func(c net.Conn) net.Conn { return overcounted{c} },
	},
	"empty reads wait": {
		"empty_reads_and_writes_do_nothing", func(c net.Conn) net.Conn { return eofOnEmpty{c} },
	},
	"a goroutine is left": {
		"no_goroutine_is_left", func(c net.Conn) net.Conn { go func() { select {} }(); return c },
	},
}

type resetIsEOF struct{ net.Conn }

func (c resetIsEOF) NetConn() net.Conn { return c.Conn }
func (c resetIsEOF) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if transport.IsReset(err) {
		err = io.EOF
	}
	return n, err
}

type closeResets struct{ net.Conn }

func (c closeResets) Close() error { return transport.Reset(c.Conn) }

type timeless struct{ net.Conn }

func (c timeless) SetDeadline(t time.Time) error {
	if t.Before(time.Now()) {
		t = time.Time{}
	}
	return c.Conn.SetDeadline(t)
}

// Read does not block, since nothing else would end it.
func (c timeless) Read(b []byte) (int, error) {
	_ = c.Conn.SetReadDeadline(time.Now().Add(time.Second))
	return c.Conn.Read(b)
}

type overcounted struct{ net.Conn }

func (c overcounted) Unsent() (int, bool) { return 1, true }

type eofOnEmpty struct{ net.Conn }

func (c eofOnEmpty) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, io.EOF
	}
	return c.Conn.Read(b)
}

// broken is a memory network whose connections have a fault.
type broken struct {
	*memory.Network
	fault fault
}

type brokenListener struct {
	net.Listener
	fault fault
}

func (n broken) Listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := n.Network.Listen(ctx, address)
	return brokenListener{l, n.fault}, err
}

func (n broken) Dial(ctx context.Context, address string) (net.Conn, error) {
	c, err := n.Network.Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	return n.fault.conn(c), nil
}

func (l brokenListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.fault.conn(c), nil
}

// The suite of a broken network runs in a process of its own, which fails.
const inChild = "TRANSPORTTEST_FAULT"

func TestSuiteInChild(t *testing.T) {
	f, ok := faults[os.Getenv(inChild)]
	if !ok {
		t.Skip("runs as a child of TestTheSuiteNoticesFaults")
	}
	transporttest.TestNetwork(t, func(*testing.T) (transport.Network, string) {
		return broken{memory.New(nil), f}, "127.0.0.1:0"
	})
}

func TestTheSuiteNoticesFaults(t *testing.T) {
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0],
				"-test.run=^TestSuiteInChild$/^"+f.rule+"$", "-test.timeout=30s")
			cmd.Env = append(os.Environ(), inChild+"="+name)
			out, err := cmd.CombinedOutput()
			assert.ErrorAs(t, err, new(*exec.ExitError))
			assert.Contains(t, string(out), "--- FAIL: TestSuiteInChild/"+f.rule)
		})
	}
}

func TestASoundNetworkPasses(t *testing.T) {
	transporttest.TestNetwork(t, func(*testing.T) (transport.Network, string) {
		return memory.New(nil), "[::1]:0"
	})
}
