package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/memory"
)

// answering accepts connections and lets answer play the acceptor.
func answering(t *testing.T, network Network, address string, answer func(bare)) string {
	t.Helper()
	ln, err := network.Listen(t.Context(), address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		answer(bare{conn, t})
	}()
	return ln.Addr().String()
}

func TestAHelloIsByteExact(t *testing.T) {
	for want, c := range map[string]struct {
		hello Hello
		opts  Options
	}{
		"HELLO|peer_name=127.0.0.1:60663&data_type=json&strict=True&rx=2": {
			hello: Hello{DataType: codec.JSON},
		},
		"HELLO|peer_name=127.0.0.1:60663&data_type=json&strict=True&rx=1": {
			hello: Hello{DataType: codec.JSON}, opts: Options{NoNative: true},
		},
		"HELLO|peer_name=127.0.0.1:60663&data_type=json&strict=True": {
			hello: Hello{DataType: codec.JSON}, opts: Options{AsPython: true},
		},
		"HELLO|peer_name=127.0.0.1:60663&data_type=raw&strict=&rx=2": {
			hello: Hello{DataType: codec.Raw, Lenient: true},
		},
		"HELLO|peer_name=127.0.0.1:60663&data_type=bytes&strict=True&stream=True&rx=1": {
			hello: Hello{Stream: true},
		},
		"HELLO|peer_name=127.0.0.1:60663&data_type=bytes&strict=True&stream=True&data_size=5&rx=1": {
			hello: Hello{Stream: true, DataSize: 5},
		},
	} {
		heard := make(chan string, 1)
		address := answering(t, TCP{}, "127.0.0.1:0", func(c bare) {
			heard <- c.read(128)
			c.say("DENY")
		})
		_, err := Dial(t.Context(), TCP{}, address, complete(c.hello), &c.opts)
		assert.Equal(t, string(padded(want)), <-heard)
		denied, is := errors.AsType[*DeniedError](err)
		require.True(t, is, err)
		assert.Empty(t, denied.Reason)
	}
}

func TestEachWayADialFailsHasItsError(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(bare)
		check  func(t *testing.T, err error)
	}{
		"denied": {
			func(c bare) { c.read(128); c.say("DENY") },
			func(t *testing.T, err error) {
				denied, is := errors.AsType[*DeniedError](err)
				require.True(t, is)
				assert.Empty(t, denied.Reason)
			},
		},
		"denied with a reason": {
			func(c bare) { c.read(128); c.say("DENY|reason=no room") },
			func(t *testing.T, err error) {
				denied, is := errors.AsType[*DeniedError](err)
				require.True(t, is)
				assert.Equal(t, "no room", denied.Reason)
			},
		},
		"closed":          {func(c bare) { c.read(128) }, func(t *testing.T, err error) { assert.ErrorIs(t, err, ErrNoAnswer) }},
		"closed half way": {func(c bare) { c.read(128); c.write("ACC") }, func(t *testing.T, err error) { assert.ErrorIs(t, err, ErrNoAnswer) }},
		"reset":           {func(c bare) { c.read(128); _ = Reset(c.Conn) }, func(t *testing.T, err error) { assert.ErrorIs(t, err, ErrNoAnswer) }},
		"no peer": {
			func(c bare) { c.write(strings.Repeat("220 smtp.example ESMTP\r\n", 10)); c.read(128) },
			func(t *testing.T, err error) {
				_, is := errors.AsType[*ProtocolError](err)
				assert.True(t, is)
			},
		},
		"a bad marker": {
			func(c bare) { c.read(128); c.say("ACCEPT|rx=x") },
			func(t *testing.T, err error) {
				_, is := errors.AsType[*ProtocolError](err)
				assert.True(t, is)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			address := answering(t, TCP{}, "127.0.0.1:0", c.answer)
			link, err := Dial(t.Context(), TCP{}, address, complete(Hello{}), nil)
			require.Nil(t, link)
			dial, is := errors.AsType[*DialError](err)
			require.True(t, is)
			assert.Equal(t, address, dial.Address)
			c.check(t, err)
			assert.NotErrorIs(t, err, context.DeadlineExceeded)
		})
	}
	t.Run("refused", func(t *testing.T) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, ln.Close())
		_, err = Dial(t.Context(), TCP{}, ln.Addr().String(), complete(Hello{}), nil)
		assert.ErrorIs(t, err, syscall.ECONNREFUSED)
	})
}

func TestAHelloThatCannotBeSentIsAnErrorBeforeAnythingIs(t *testing.T) {
	network := memory.New(nil) // nobody listens: reaching it would be another error
	for name, h := range map[string]Hello{
		"too long":     {PeerName: strings.Repeat("n", 90), DataType: codec.JSON},
		"no name":      {DataType: codec.JSON},
		"two fields":   {PeerName: "a:1&sock=1", DataType: codec.JSON},
		"unknown type": {PeerName: "a:1", DataType: "cbor"},
		"no stream":    {PeerName: "a:1", DataType: codec.JSON, DataSize: 5},
		"too large":    {PeerName: "a:1", DataType: codec.JSON, Stream: true, DataSize: 1 << 28},
	} {
		_, err := Dial(t.Context(), network, "a:1", h, nil)
		require.Error(t, err, name)
		assert.NotErrorIs(t, err, syscall.ECONNREFUSED, name)
	}
	_, err := Dial(t.Context(), network, "a:1", Hello{PeerName: strings.Repeat("n", 86), DataType: codec.JSON, Lenient: true}, nil)
	long, is := errors.AsType[*HeaderSizeError](err)
	require.True(t, is, err)
	assert.Equal(t, 130, long.Size)
}

func TestASilentAcceptorTimesTheDialOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		address := answering(t, memory.New(nil), ":0", func(c bare) {
			c.read(128)
			_, err := c.rest()
			assert.NoError(t, err, "a FIN, no reset")
		})
		_ = address
	})
	for name, c := range map[string]struct {
		opts    Options
		timeout time.Duration // of the context
		want    time.Duration
	}{
		"by default":     {Options{}, 0, 2 * time.Second},
		"by the timeout": {Options{Timeout: time.Second}, 0, time.Second},
		"by an option":   {Options{Handshake: 300 * time.Millisecond}, 0, 300 * time.Millisecond},
		"by the context": {Options{}, 100 * time.Millisecond, 100 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := memory.New(nil)
				end := make(chan error, 1)
				address := answering(t, network, ":0", func(c bare) {
					c.read(128)
					_, err := c.rest()
					end <- err
				})
				ctx := t.Context()
				if c.timeout > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.timeout)
					defer cancel()
				}
				start := time.Now()
				_, err := Dial(ctx, network, address, complete(Hello{}), &c.opts)
				assert.Equal(t, c.want, time.Since(start))
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				var timeout *TimeoutError
				require.ErrorAs(t, err, &timeout)
				assert.Equal(t, "answer", timeout.Waiting)
				assert.NoError(t, <-end, "before the answer there is a FIN and no reset")
			})
		})
	}
}

func TestACancelledDialReturnsItsCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memory.New(nil)
		address := answering(t, network, ":0", func(c bare) { _, _ = c.rest() })
		ctx, cancel := context.WithCancelCause(t.Context())
		cause := errors.New("changed my mind")
		time.AfterFunc(time.Second/2, func() { cancel(cause) })
		_, err := Dial(ctx, network, address, complete(Hello{}), nil)
		assert.ErrorIs(t, err, cause)

		_, err = Dial(ctx, network, address, complete(Hello{}), nil)
		assert.ErrorIs(t, err, cause, "before it began")
	})
}

func TestADialIntoAPartitionTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memory.New(nil)
		address := answering(t, network.Host("b"), "b:0", func(c bare) { _, _ = c.rest() })
		network.Partition("a", "b")
		_, err := Dial(t.Context(), network.Host("a"), address, complete(Hello{}), nil)
		var timeout *TimeoutError
		require.ErrorAs(t, err, &timeout)
		assert.Equal(t, "connection", timeout.Waiting)
	})
}

func TestTheMarkerIsAgreedOnlyWhenBothSayIt(t *testing.T) {
	python, text := &Options{AsPython: true}, &Options{NoNative: true}
	for name, c := range map[string]struct {
		dial, accept *Options
		want         int
	}{
		"both": {nil, nil, 2}, "dialler": {nil, python, 0}, "acceptor": {python, nil, 0}, "neither": {python, python, 0},
		"text dialler": {text, nil, 1}, "text acceptor": {nil, text, 1}, "text both": {text, text, 1}, "text and Python": {text, python, 0},
	} {
		a, b := pairOn(t, TCP{}, TCP{}, "127.0.0.1:0", Hello{}, c.dial, c.accept)
		assert.Equal(t, c.want, a.Hello().Rx, name)
		assert.Equal(t, c.want, b.Hello().Rx, name)
		assert.True(t, a.Dialed())
		assert.False(t, b.Dialed())
		assert.Equal(t, a.LocalAddr(), b.RemoteAddr())
		assert.Equal(t, a.RemoteAddr(), b.LocalAddr())
	}
	t.Run("an answer of a later version", func(t *testing.T) {
		address := answering(t, TCP{}, "127.0.0.1:0", func(c bare) {
			c.read(128)
			c.say("ACCEPT|rx=2&more=x")
			_, _ = c.rest()
		})
		link, err := Dial(t.Context(), TCP{}, address, complete(Hello{}), nil)
		require.NoError(t, err)
		assert.Equal(t, 1, link.Hello().Rx)
		link.Abort()
	})
}

func TestADenyCarriesAsMuchOfItsReasonAsFits(t *testing.T) {
	for reason, want := range map[string]string{
		"":                      "",
		"full":                  "full",
		"a|b&c=d\n":             "a b c d ",
		strings.Repeat("é", 90): strings.Repeat("é", 58),
		"\xff":                  "?",
	} {
		b := appendDeny(nil, reason)
		assert.Len(t, b, 128)
		assert.Equal(t, want, denyReason(b), fmt.Sprintf("%q", reason))
	}
}
