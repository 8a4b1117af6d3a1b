package transport

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
)

// pair returns the two ends of a link over loopback.
func pair(t testing.TB, hello Hello, opts *Options) (dialed, accepted *Link) {
	t.Helper()
	links := make(chan *Link, 1)
	ln, err := Listen(t.Context(), TCP{}, "127.0.0.1:0", func(in *Incoming) {
		link, err := in.Accept()
		assert.NoError(t, err)
		links <- link
	}, opts)
	require.NoError(t, err)
	if hello.PeerName == "" {
		hello.PeerName = "127.0.0.1:1"
	}
	if hello.DataType == "" {
		hello.DataType = codec.Bytes
	}
	dialed, err = Dial(t.Context(), TCP{}, ln.Addr().String(), hello, opts)
	require.NoError(t, err)
	accepted = <-links
	require.NoError(t, ln.Close())
	t.Cleanup(dialed.Abort)
	t.Cleanup(accepted.Abort)
	return dialed, accepted
}

// observer is made of functions.
type observer struct {
	next func(Message) bool
	done func(error)
}

func (o observer) Next(m Message) bool { return o.next(m) }
func (o observer) Done(err error)      { o.done(err) }

// subscribe attaches an observer, and runs what Attach returns.
func subscribe(ctx context.Context, l *Link, o observer) {
	if run := l.Messages().Attach(ctx, o); run != nil {
		go run()
	}
}

func TestMessagesArriveInOrder(t *testing.T) {
	a, b := pair(t, Hello{}, nil)
	const n = 10000
	done := make(chan error, 1)
	var got []string
	subscribe(t.Context(), b, observer{
		next: func(m Message) bool { got = append(got, string(m.Body)); return true },
		done: func(err error) { done <- err },
	})
	for i := range n {
		require.NoError(t, a.Send(t.Context(), codec.Bytes, []byte(strconv.Itoa(i))))
	}
	require.NoError(t, a.Close(time.Second))
	require.NoError(t, <-done)
	require.Len(t, got, n)
	for i, s := range got {
		require.Equal(t, strconv.Itoa(i), s)
	}
	<-b.Done()
	assert.Equal(t, &CloseError{Reason: ReasonRemote}, b.Err())
	assert.Equal(t, &CloseError{Reason: ReasonLocal}, a.Err())
}
