package transport

import (
	"bytes"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/internal/frame"
	"github.com/rxpeer/rxpeer/transport/memory"
)

// flood writes input n times to a link whose answers nobody reads, until the
// link takes no more of it.
func flood(t *testing.T, link *nativeLink, c bare, input string, n int) {
	t.Helper()
	_ = c.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = c.Write(bytes.Repeat([]byte(input), n))
	synctest.Wait()
	o := &link.out
	o.mu.Lock()
	assert.Less(t, len(o.control), 64<<10, "what waits to be said")
	assert.Less(t, len(o.grants)+len(o.doubt)+len(o.outlets), 100)
	o.mu.Unlock()
	in := &link.data.in
	in.mu.Lock()
	spans := 0
	for _, s := range in.queue {
		spans += len(s.spans)
	}
	assert.Less(t, spans, 100, "what waits for a subscriber")
	in.mu.Unlock()
}

func TestAFloodTakesNoMemory(t *testing.T) {
	for name, input := range map[string]string{
		"of PINGs":               fr(frame.Ping, 0, "12345678"),
		"of GAPs":                fr(frame.Gap, 1, num(1, 1)),
		"of CREDITs":             fr(frame.Credit, 1, num(1, 1, 0)),
		"of unknown frames":      fr(0x80, 0, "123"),
		"of ENDs":                fr(frame.End, 1, num(0)),
		"of STOPs":               fr(frame.Stop, 1, num(0)),
		"of GAPs among messages": data(1, "") + strings.Repeat(fr(frame.Gap, 1, num(1, 1)), 20_000),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				link, c := bareNative(t, memory.New(&memory.Options{Buffer: 4 << 10}), ":0", stranger(), strictly())
				n := 100_000
				if len(input) > 1000 {
					n = 5
				}
				flood(t, link, c, input, n)
				assert.NoError(t, link.Err())
				if name == "of PINGs" {
					assert.EqualValues(t, n, link.Ledger().Pings)
					link.BeginClose(time.Second)
					pongs := 0
					for _, h := range c.frames() {
						if h.Kind == frame.Pong {
							pongs++
						}
					}
					assert.Less(t, pongs, 1000)
				}
			})
		})
	}
}

func TestAFloodOfOpensTakesNoMemory(t *testing.T) {
	for name, opened := range map[string]func(Link, *Stream){"refused": nil, "ended at once": func(Link, *Stream) {}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opts := strictly()
				opts.Opened = opened
				link, c := bareNative(t, memory.New(&memory.Options{Buffer: 4 << 10}), ":0", stranger(), opts)
				var all strings.Builder
				for id := uint32(3); id < 200_000; id += 2 {
					all.WriteString(open(id) + fr(frame.End, id, num(0)) + fr(frame.Stop, id, num(0)))
				}
				flood(t, link, c, all.String(), 1)
			})
		})
	}
}

func TestAPeerThatReadsNothingCannotKeepABrokenLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		link, c := bareNative(t, memory.New(&memory.Options{Buffer: 4 << 10}), ":0", stranger(), strictly())
		for range 20 {
			require.NoError(t, link.TrySend(codec.Bytes, make([]byte, 5000)))
		}
		synctest.Wait()
		start := time.Now()
		c.write(fr(frame.Setup, 0, ""))
		<-link.Done()
		assert.LessOrEqual(t, time.Since(start), complainTime)
		assert.Equal(t, ReasonViolation, link.Err().(*CloseError).Reason)
		balanced(t, link.Ledger())
	})
}

func TestLimitsWithWhichNothingCouldBeSentAreRefused(t *testing.T) {
	for name, change := range map[string]func(*frame.Settings){
		"payload": func(s *frame.Settings) { s.MaxFragment = 1000 },
		"window":  func(s *frame.Settings) { s.Window = 100 },
	} {
		t.Run(name, func(t *testing.T) {
			own := stranger()
			change(own)
			setup, err := frame.AppendSetup(nil, own)
			require.NoError(t, err)
			here, there := net.Pipe()
			go func() { _, _ = there.Write(setup) }()
			_, err = readSettings(here)
			why, is := errors.AsType[*frame.Error](err)
			require.True(t, is, err)
			assert.Equal(t, frame.TooLarge, why.Code)
		})
	}
}
