package transport

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/internal/peerpy"
	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/memory"
)

// tcp is a network and an address on it.
func tcp() (Network, string) { return TCP{}, "127.0.0.1:0" }

// textLinks makes the links of the tests stay on peerpy's wire.
var textLinks bool

// onText runs a test on peerpy's wire.
func onText(t *testing.T, test func(t *testing.T)) {
	textLinks = true
	defer func() { textLinks = false }()
	test(t)
}

// onEachWire runs a test on peerpy's wire and on rxpeer/2.
func onEachWire(t *testing.T, test func(t *testing.T)) {
	t.Run("peerpy", func(t *testing.T) { onText(t, test) })
	t.Run("rxpeer", test)
}

// wired returns opts with the wire that is tested.
func wired(opts *Options) *Options {
	if !textLinks {
		return opts
	}
	var o Options
	if opts != nil {
		o = *opts
	}
	o.NoNative = true
	return &o
}

// pair returns the two ends of a link over loopback.
func pair(t testing.TB, hello Hello, opts *Options) (dialed, accepted Link) {
	t.Helper()
	return pairOn(t, TCP{}, TCP{}, "127.0.0.1:0", hello, opts, opts)
}

// memoryPair returns the two ends of a link between the hosts "a" and "b" of
// a network in memory, which dialed and accepted.
func memoryPair(t testing.TB, n *memory.Network, hello Hello, opts *Options) (a, b Link) {
	t.Helper()
	return pairOn(t, n.Host("a"), n.Host("b"), "b:0", hello, opts, opts)
}

func pairOn(t testing.TB, from, to Network, address string, hello Hello, dial, accept *Options) (dialed, accepted Link) {
	t.Helper()
	links := make(chan Link, 1)
	ln, err := Listen(t.Context(), to, address, func(in *Incoming) {
		link, err := in.Accept()
		assert.NoError(t, err)
		links <- link
	}, wired(accept))
	require.NoError(t, err)
	dialed, err = Dial(t.Context(), from, ln.Addr().String(), complete(hello), wired(dial))
	require.NoError(t, err)
	accepted = <-links
	require.NoError(t, ln.Close())
	t.Cleanup(dialed.Abort)
	t.Cleanup(accepted.Abort)
	return dialed, accepted
}

// complete fills in what every hello needs.
func complete(h Hello) Hello {
	if h.PeerName == "" {
		h.PeerName = "127.0.0.1:60663"
	}
	if h.DataType == "" {
		h.DataType = codec.Bytes
	}
	return h
}

// bare is the other end of a link as bytes, spoken by the test.
type bare struct {
	net.Conn
	t testing.TB
}

// accepting returns a link that the test dialled with that HELLO.
func accepting(t testing.TB, network Network, address, hello string, opts *Options) (Link, bare) {
	t.Helper()
	links := make(chan Link, 1)
	ln, err := Listen(t.Context(), network, address, func(in *Incoming) {
		link, err := in.Accept()
		assert.NoError(t, err)
		links <- link
	}, opts)
	require.NoError(t, err)
	conn, err := network.Dial(t.Context(), ln.Addr().String())
	require.NoError(t, err)
	c := bare{conn, t}
	c.say(hello)
	if strings.Contains(hello, "rx=1") {
		c.hear("ACCEPT|rx=1")
	} else {
		c.hear("ACCEPT")
	}
	link := <-links
	require.NoError(t, ln.Close())
	t.Cleanup(link.Abort)
	t.Cleanup(func() { _ = conn.Close() })
	return link, c
}

// pythonHello is what a Python peer says.
const pythonHello = "HELLO|peer_name=127.0.0.1:60663&data_type=bytes&strict=True"

// padded returns s as a header.
func padded(s string) []byte {
	return append([]byte(s), bytes.Repeat([]byte{'|'}, peerpy.HeaderSize-len(s))...)
}

// say sends a header and bodies.
func (c bare) say(header string, bodies ...string) {
	c.t.Helper()
	b := padded(header)
	for _, body := range bodies {
		b = append(b, body...)
	}
	c.write(string(b))
}

// tell sends a message.
func (c bare) tell(t codec.Type, body string) {
	c.t.Helper()
	c.say(fmt.Sprintf("DATA|data_size=%d&data_type=%s", len(body), t), body)
}

func (c bare) write(s string) {
	c.t.Helper()
	_, err := io.WriteString(c, s)
	require.NoError(c.t, err)
}

// hear expects a header.
func (c bare) hear(header string) {
	c.t.Helper()
	require.Equal(c.t, string(padded(header)), c.read(peerpy.HeaderSize))
}

func (c bare) read(n int) string {
	c.t.Helper()
	b := make([]byte, n)
	_, err := io.ReadFull(c, b)
	require.NoError(c.t, err)
	return string(b)
}

// rest reads until the end, and returns what came and how it ended: nil after
// a FIN.
func (c bare) rest() (string, error) {
	b, err := io.ReadAll(c)
	return string(b), err
}

// observer is made of functions.
type observer struct {
	next func(*Message) bool
	done func(error)
}

func (o observer) Next(m *Message) bool { return o.next(m) }
func (o observer) Done(err error)       { o.done(err) }

// inboxOf collects what a subscription gets.
type inboxOf struct {
	mu    sync.Mutex
	got   []string
	ended bool
	err   error
	c     chan struct{} // a token for each message, as long as there is room
	done  chan struct{}
	take  func(string) bool
}

// collect subscribes to l.
func collect(ctx context.Context, l Link) *inboxOf { return collectWhile(ctx, l, nil) }

// collectWhile subscribes to l, for as long as take says true.
func collectWhile(ctx context.Context, l Link, take func(string) bool) *inboxOf {
	in := &inboxOf{c: make(chan struct{}, 1<<20), done: make(chan struct{}), take: take}
	if run := l.Messages().Attach(ctx, in); run != nil {
		go run()
	}
	return in
}

func (in *inboxOf) Next(m *Message) bool {
	s := string(m.Body)
	in.mu.Lock()
	if in.ended {
		panic("Next after Done")
	}
	in.got = append(in.got, s)
	in.mu.Unlock()
	ok := in.take == nil || in.take(s)
	in.c <- struct{}{}
	return ok
}

func (in *inboxOf) Done(err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.ended {
		panic("Done twice")
	}
	in.ended, in.err = true, err
	close(in.done)
}

// wait returns everything, after the end.
func (in *inboxOf) wait() ([]string, error) {
	<-in.done
	return in.got, in.err
}

// first waits for n messages.
func (in *inboxOf) first(n int) []string {
	for range n {
		<-in.c
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	return append([]string(nil), in.got...)
}

// numbers returns 0 to n-1 as text.
func numbers(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = strconv.Itoa(i)
	}
	return out
}

func TestMessagesArriveInOrderAndWholeAfterAClose(t *testing.T) {
	a, b := pair(t, Hello{}, nil)
	const n = 10000
	in := collect(t.Context(), b)
	for _, s := range numbers(n) {
		require.NoError(t, a.Send(t.Context(), codec.Bytes, []byte(s)))
	}
	require.NoError(t, a.Close(0))
	got, err := in.wait()
	require.NoError(t, err)
	assert.Equal(t, numbers(n), got)
	<-b.Done()
	assert.Equal(t, &CloseError{Reason: ReasonRemote}, b.Err())
	assert.Equal(t, &CloseError{Reason: ReasonLocal}, a.Err())
}

func TestEverySizeCrossesEveryNetworkUnchanged(t *testing.T) {
	sizes := []int{0, 1, 127, 128, 129, 8191, 8192, 8193, 65535, 65536, 65537, 70_000, 1 << 20, 5 << 20}
	for name, opts := range map[string]*Options{"go": nil, "python": {AsPython: true}} {
		t.Run(name, func(t *testing.T) {
			for network, make := range map[string]func() (Network, string){
				"tcp":    tcp,
				"memory": func() (Network, string) { return memory.New(nil), ":0" },
			} {
				t.Run(network, func(t *testing.T) {
					n, address := make()
					a, b := pairOn(t, n, n, address, Hello{}, opts, opts)
					in := collect(t.Context(), b)
					want := []string{}
					for i, size := range sizes {
						body := bytes.Repeat([]byte{byte(i + 1)}, size)
						want = append(want, string(body))
						require.NoError(t, a.Send(t.Context(), codec.Bytes, body))
					}
					require.Equal(t, want, in.first(len(sizes)))
					require.NoError(t, a.Close(5*time.Second))
					_, err := in.wait()
					require.NoError(t, err)
				})
			}
		})
	}
}
