package transport

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/internal/frame"
	"github.com/rxpeer/rxpeer/transport/memory"
)

const kb = "\xe8\x07" // the length of a message of 1000 bytes

// breaches are what no peer does. The link's window is of 8 KiB and 10
// messages, its largest message has 20,000 bytes, it allows 4 streams, and
// nobody reads.
var breaches = map[string]struct {
	input string
	code  frame.Code
}{
	"more bytes than granted":              {strings.Repeat(data(1, strings.Repeat("x", 1000)), 9), frame.Credits},
	"more bytes than granted in one frame": {fr(frame.Data|1, 1, strings.Repeat(kb+strings.Repeat("x", 1000), 9)), frame.Credits},
	"more messages than granted":           {strings.Repeat(data(1, ""), 11), frame.Credits},
	"more messages in one frame":           {data(1, make([]string, 11)...), frame.Credits},
	"more in small pieces than granted":    {strings.Repeat(piecemeal(1, 2000), 5), frame.Credits},
	"more in large pieces than the budget": {open(3) + open(5) + piecemeal(1, 19_000) + piecemeal(3, 19_000) + piecemeal(5, 19_000), frame.Credits},
	"a second large message of a stream":   {piecemeal(1, 15_000) + piecemeal(1, 15_000), frame.Credits},
	"a message beyond the limit":           {fr(frame.Data|1, 1, num(20_001)+string(make([]byte, 20_001))), frame.TooLarge},
	"a message beyond the limit in pieces": {head(1, 20_001, 100), frame.TooLarge},
	"an endless message":                   {head(1, 1<<63, 100), frame.TooLarge},
	"a HEAD inside a HEAD":                 {head(1, 5000, 100) + head(1, 5000, 100), frame.Protocol},
	"DATA inside a HEAD":                   {head(1, 5000, 100) + data(1, "x"), frame.Protocol},
	"a PART without a HEAD":                {part(1, 100), frame.Protocol},
	"pieces beyond the message":            {head(1, 5000, 100) + part(1, 4901), frame.Protocol},
	"a HEAD beyond its message":            {head(1, 99, 100), frame.Protocol},
	"a HEAD that is the whole message":     {head(1, 100, 100), frame.Protocol},
	"a HEAD of nothing":                    {head(1, 100, 0), frame.Protocol},
	"a HEAD without a length":              {fr(frame.Head|1, 1, ""), frame.Protocol},
	"a stream that was not opened":         {data(99, "x"), frame.NotFound},
	"a piece on an unopened stream":        {head(99, 5000, 100), frame.NotFound},
	"a stream of the other side":           {data(2, "x"), frame.NotFound},
	"CREDIT on an unopened stream":         {fr(frame.Credit, 2, num(1, 1, 0)), frame.NotFound},
	"END on an unopened stream":            {fr(frame.End, 3, num(0)), frame.NotFound},
	"a message about the connection":       {data(0, "x"), frame.Protocol},
	"a PING on a stream":                   {fr(frame.Ping, 1, "12345678"), frame.Protocol},
	"a CLOSE on a stream":                  {fr(frame.Close, 1, num(0)), frame.Protocol},
	"a CREDIT on none":                     {fr(frame.Credit, 0, num(1, 1, 0)), frame.Protocol},
	"an OPEN on none":                      {open(0), frame.Protocol},
	"a codec that was not named":           {fr(frame.Data|3, 1, "\x01x"), frame.Protocol},
	"a codec in pieces, not named":         {fr(frame.Head|15, 1, num(5000)+"x1234567890"), frame.Protocol},
	"too many streams":                     {open(3) + open(5) + open(7) + open(9) + open(11), frame.TooLarge},
	"an OPEN of the other side's":          {open(2), frame.Protocol},
	"an OPEN of the first":                 {open(1), frame.Protocol},
	"an OPEN twice":                        {open(3) + open(3), frame.Protocol},
	"an OPEN backwards":                    {open(5) + open(3), frame.Protocol},
	"CREDIT beyond counting":               {strings.Repeat(fr(frame.Credit, 1, num(1<<62, 0, 0)), 2), frame.Protocol},
	"messages beyond counting":             {fr(frame.Credit, 1, num(0, 1<<64-1, 0)), frame.Protocol},
	"taken what was not sent":              {fr(frame.Credit, 1, num(1, 1, 1)), frame.Protocol},
	"CREDIT of two numbers":                {fr(frame.Credit, 1, num(1, 1)), frame.Protocol},
	"CREDIT of four numbers":               {fr(frame.Credit, 1, num(1, 1, 0, 0)), frame.Protocol},
	"a number with a needless byte":        {fr(frame.Credit, 1, "\x80\x00\x01\x00"), frame.Protocol},
	"a GAP of nothing":                     {fr(frame.Gap, 1, num(0, 0)), frame.Protocol},
	"a second SETUP":                       {fr(frame.Setup, 0, ""), frame.Protocol},
	"a second ACCEPT":                      {fr(frame.Accept, 0, ""), frame.Protocol},
	"a late DENY":                          {fr(frame.Deny, 0, num(1)), frame.Protocol},
	"a kind that there is not":             {fr(0x0f, 1, ""), frame.Protocol},
	"kind 0":                               {fr(0, 0, ""), frame.Protocol},
	"the last kind that must be known":     {fr(0x7f, 1, ""), frame.Protocol},
	"a frame that is too long":             {string(frame.AppendHeader(nil, frame.Header{Kind: frame.Data | 1, Length: 65537, Stream: 1})), frame.TooLarge},
	"an unknown frame that is too long":    {string(frame.AppendHeader(nil, frame.Header{Kind: 0x90, Length: 65537})), frame.TooLarge},
	"a message longer than its frame":      {fr(frame.Data|1, 1, "\x05xxxx"), frame.Protocol},
	"a length without its end":             {fr(frame.Data|1, 1, "\x01x\x80"), frame.Protocol},
	"a length with a needless byte":        {fr(frame.Data|1, 1, "\x81\x00x"), frame.Protocol},
	"a PING of 7 bytes":                    {fr(frame.Ping, 0, "1234567"), frame.Protocol},
	"an END without a code":                {fr(frame.End, 1, ""), frame.Protocol},
	"a STOP with no UTF-8":                 {fr(frame.Stop, 1, "\x01\xff"), frame.Protocol},
	"another type than was agreed":         {fr(frame.Data, 1, "\x011"), frame.Protocol},
}

// strict are the options that breaches are about.
func strictly() *Options {
	return &Options{Inbox: 8 << 10, Window: 10, MaxMessage: 20_000, Streams: 4, Opened: func(Link, *Stream) {}}
}

func TestWhoBreaksTheRulesIsToldAndWhatCameBeforeIsDelivered(t *testing.T) {
	for name, b := range breaches {
		for how, maxRead := range map[string]int{"at once": 0, "in bytes": 1} {
			t.Run(name+", "+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					n := memory.New(&memory.Options{Path: memory.Path{MaxRead: maxRead}})
					link, c := bareNative(t, n, ":0", stranger(), strictly())
					go func() { _, _ = io.WriteString(c, data(1, "before")+b.input+data(1, "behind")) }()
					r := closed(t, c.frames())
					assert.Equal(t, b.code, r.Code, r.Text)
					assert.NotEmpty(t, r.Text)
					require.NoError(t, c.Close())
					<-link.Done()
					why := link.Err().(*CloseError)
					assert.Equal(t, ReasonViolation, why.Reason)
					assert.Error(t, why.Err)
					balanced(t, link.Ledger())
					got, err := collect(t.Context(), link).wait()
					require.NotEmpty(t, got, "what came before is delivered")
					assert.Equal(t, "before", got[0])
					assert.NotContains(t, got, "behind")
					assert.ErrorAs(t, err, &why)
				})
			})
		}
	}
}

func TestWhatFollowsACloseIsNotDelivered(t *testing.T) {
	goodbye := fr(frame.Close, 0, num(0))
	for name, input := range map[string]string{
		"a message":      data(1, "behind"),
		"a second CLOSE": goodbye,
		"an OPEN":        open(3),
		"a GAP":          fr(frame.Gap, 1, num(5, 5)),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				own := stranger()
				own.Messages = 1
				link, c := bareNative(t, memory.New(nil), ":0", own, strictly())
				for range 2 { // one has to wait, so that it has not said goodbye itself when it sees what follows
					require.NoError(t, link.TrySend(codec.Bytes, []byte("x")))
				}
				in := collect(t.Context(), link)
				go func() { _, _ = io.WriteString(c, data(1, "before")+goodbye+input) }()
				all := c.frames()
				_ = c.Close()
				<-link.Done()
				got, _ := in.wait()
				assert.Equal(t, []string{"before"}, got)
				assert.Equal(t, frame.Protocol, closed(t, all).Code, "nothing follows a CLOSE but CREDIT, PING and PONG")
				assert.Equal(t, ReasonRemote, link.Err().(*CloseError).Reason)
			})
		})
	}
}

func TestAStreamOfBytesThatEndsInTheMiddleIsNoOrderlyEnd(t *testing.T) {
	for name, input := range map[string]string{
		"of nothing":   "",
		"of a header":  "\x11\x05",
		"of a message": data(1, "12345")[:10],
		"of a piece":   head(1, 5000, 1000)[:500],
		"of a PART":    head(1, 5000, 1000) + part(1, 2000)[:500],
		"of pieces":    head(1, 5000, 1000),
		"of a PING":    fr(frame.Ping, 0, "12345678")[:12],
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				link, c := bareNative(t, memory.New(nil), ":0", stranger(), strictly())
				in := collect(t.Context(), link)
				c.write(data(1, "before") + input)
				require.NoError(t, CloseWrite(c.Conn))
				got, err := in.wait()
				assert.Equal(t, []string{"before"}, got)
				assert.Equal(t, &CloseError{Reason: ReasonRemote, Err: io.ErrUnexpectedEOF}, err)
				<-link.Done()
				balanced(t, link.Ledger())
			})
		})
	}
}

func TestFramesThatMayBeUnknownAreSkipped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		link, c := bareNative(t, memory.New(nil), ":0", stranger(), strictly())
		in := collect(t.Context(), link)
		large := strings.Repeat("?", frame.MaxPayload)
		go c.write(data(1, "1") + fr(0x80, 0, "") + data(1, "2") + fr(0xff, 77, large) + data(1, "3"))
		assert.Equal(t, []string{"1", "2", "3"}, in.first(3))
		assert.EqualValues(t, 2, link.Ledger().Unknown)
	})
}

// FuzzNativeInput lets a link read any bytes where frames should be. Whatever
// they are, the link survives or ends with a reason, delivers no more than it
// was sent, and nothing is left.
func FuzzNativeInput(f *testing.F) {
	for _, b := range breaches {
		f.Add([]byte(data(1, "before")+b.input), uint8(0))
	}
	f.Add([]byte(open(3)+piecemeal(3, 19_000)+fr(frame.Stop, 3, num(4))+fr(frame.End, 3, num(5)+"failed")), uint8(1))
	f.Add([]byte(fr(frame.Credit, 1, num(1000, 10, 1))+fr(frame.Ping, 0, "12345678")+fr(frame.Close, 0, num(0))), uint8(2))
	f.Add([]byte(fr(frame.Gap, 1, num(7, 70))+data(1, "a", "", "b")+fr(0x80, 5, "?")+fr(frame.Stop, 1, num(0))), uint8(7))
	f.Add([]byte(open(3)+fr(frame.Stop, 3, num(4))+fr(frame.End, 3, num(0))+head(3, 5000, 1000)+data(3, "x")+data(1, "y")), uint8(8))
	f.Fuzz(func(t *testing.T, input []byte, how uint8) {
		synctest.Test(t, func(t *testing.T) {
			opts := strictly()
			path := memory.Path{RandomRead: how&1 != 0}
			if how&8 != 0 {
				opts.Opened = nil
			}
			link, c := bareNative(t, memory.New(&memory.Options{Path: path, Seed: uint64(how)}), ":0", stranger(), opts)
			if how&2 != 0 {
				_ = link.TrySend(codec.Bytes, []byte("sent"))
				_ = link.TrySend(codec.Bytes, make([]byte, 15_000))
				synctest.Wait()
			}
			var in *inboxOf
			if how&4 == 0 {
				in = collect(t.Context(), link)
			}
			go func() {
				_, _ = c.Write(input)
				_ = CloseWrite(c.Conn)
			}()
			c.frames()
			_ = c.Close()
			<-link.Done()
			if in == nil {
				in = collect(t.Context(), link)
			}
			got, _ := in.wait()
			assert.LessOrEqual(t, len(strings.Join(got, "")), len(input))
			b := link.Ledger()
			balanced(t, b)
			assert.Equal(t, b.Written, b.Acknowledged+b.InFlight)
			assert.LessOrEqual(t, b.Queued, b.Accepted)
			assert.LessOrEqual(t, b.InFlight, b.Written)
			assert.NotZero(t, link.Err().(*CloseError).Reason)
		})
	})
}
