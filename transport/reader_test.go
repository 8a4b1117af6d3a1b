package transport

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/memory"
)

func TestMessagesAreTheSameWhateverTheSegments(t *testing.T) {
	for name, path := range map[string]memory.Path{
		"one byte":  {MaxRead: 1},
		"127 bytes": {MaxRead: 127},
		"random":    {RandomRead: true},
		"whole":     {},
	} {
		t.Run(name, func(t *testing.T) {
			link, c := accepting(t, memory.New(&memory.Options{Path: path, Seed: 1}), ":0", pythonHello, nil)
			in := collect(t.Context(), link)
			var want []string
			for i := range 50 {
				body := strings.Repeat(string(rune('a'+i%26)), i*i)
				c.tell(codec.Bytes, body)
				want = append(want, body)
			}
			assert.Equal(t, want, in.first(50))
		})
	}
}

// violations are what may not come over a strict connection of bytes.
var violations = map[string]struct {
	input string
	check func(t *testing.T, err error)
}{
	"another type":   {string(padded("DATA|data_size=2&data_type=json")) + "{}", isType},
	"a type unknown": {string(padded("DATA|data_size=2&data_type=cbor")) + "{}", isType},
	"too large":      {string(padded("DATA|data_size=67108865&data_type=bytes")), isLimit},
	"enormous":       {string(padded("DATA|data_size=1000000000000&data_type=bytes")), isLimit},
	"no separator":   {"DATA" + strings.Repeat("x", 124), isProtocol},
	"no fields":      {string(padded("DATA")), isProtocol},
	"no size":        {string(padded("DATA|data_type=bytes")), isProtocol},
	"no type":        {string(padded("DATA|data_size=5")), isProtocol},
	"no =":           {string(padded("DATA|data_size&data_type=bytes")), isProtocol},
	"a=b=c":          {string(padded("DATA|data_size=5=5&data_type=bytes")), isProtocol},
	"duplicated":     {string(padded("DATA|data_size=5&data_size=5&data_type=bytes")), isProtocol},
	"negative":       {string(padded("DATA|data_size=-5&data_type=bytes")), isProtocol},
	"signed":         {string(padded("DATA|data_size=+5&data_type=bytes")), isProtocol},
	"blank":          {string(padded("DATA|data_size= 5&data_type=bytes")), isProtocol},
	"underscored":    {string(padded("DATA|data_size=1_0&data_type=bytes")), isProtocol},
	"not UTF-8":      {string(padded("DATA|data_size=5&data_type=bytes&x=\xff")), isProtocol},
	"binary":         {strings.Repeat("\xfe", 128), isProtocol},
}

func isType(t *testing.T, err error) {
	_, is := errors.AsType[*DataTypeError](err)
	assert.True(t, is, err)
}

func isLimit(t *testing.T, err error) {
	_, is := errors.AsType[*LimitError](err)
	assert.True(t, is, err)
}

func isProtocol(t *testing.T, err error) {
	_, is := errors.AsType[*ProtocolError](err)
	assert.True(t, is, err)
}

func TestAViolationEndsTheLinkAfterWhatCameBefore(t *testing.T) {
	for name, v := range violations {
		t.Run(name, func(t *testing.T) {
			link, c := accepting(t, TCP{}, "127.0.0.1:0", pythonHello, nil)
			in := collect(t.Context(), link)
			c.tell(codec.Bytes, "good")
			c.write(v.input)
			got, err := in.wait()
			assert.Equal(t, []string{"good"}, got)
			v.check(t, err)
			<-link.Done()
			why, is := errors.AsType[*CloseError](link.Err())
			require.True(t, is)
			assert.Equal(t, ReasonViolation, why.Reason)
			v.check(t, why)
			_, err = c.rest()
			assert.True(t, err == nil || IsReset(err), "the remote sees the end: %v", err)
		})
	}
}

func TestABodyThatStopsHalfWayIsNotDelivered(t *testing.T) {
	for name, input := range map[string]string{
		"in the header":     "DATA|data_size=5",
		"after the header":  string(padded("DATA|data_size=5&data_type=bytes")),
		"in the body":       string(padded("DATA|data_size=5&data_type=bytes")) + "half",
		"in a large body":   string(padded("DATA|data_size=1000000&data_type=bytes")) + strings.Repeat("x", 500_000),
		"of enormous limit": string(padded("DATA|data_size=60000000&data_type=bytes")) + "x",
	} {
		t.Run(name, func(t *testing.T) {
			link, c := accepting(t, TCP{}, "127.0.0.1:0", pythonHello, nil)
			in := collect(t.Context(), link)
			c.tell(codec.Bytes, "good")
			c.write(input)
			require.NoError(t, CloseWrite(c.Conn))
			got, err := in.wait()
			assert.Equal(t, []string{"good"}, got)
			assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
			<-link.Done()
			assert.Equal(t, ReasonRemote, link.Err().(*CloseError).Reason)
		})
	}
}

func TestADeclaredSizeAllocatesNothing(t *testing.T) {
	link, c := accepting(t, TCP{}, "127.0.0.1:0", pythonHello, &Options{MaxMessage: 1 << 30})
	in := collect(t.Context(), link)
	c.tell(codec.Bytes, "before")
	in.first(1)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c.say("DATA|data_size=1000000000&data_type=bytes", strings.Repeat("x", 1000))
	require.Eventually(t, func() bool {
		n, _ := Unsent(c.Conn)
		return n == 0
	}, time.Second, time.Millisecond)
	link.Abort()
	runtime.ReadMemStats(&after)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20))
}

func TestALenientLinkDeliversEachMessageWithItsOwnType(t *testing.T) {
	link, c := accepting(t, TCP{}, "127.0.0.1:0", "HELLO|peer_name=a:1&data_type=bytes&strict=", nil)
	got := make(chan string, 3)
	link.Messages().Attach(t.Context(), observer{
		next: func(m *Message) bool { got <- m.Type.String() + " " + string(m.Body); return true },
		done: func(error) {},
	})
	c.tell(codec.JSON, `{"data": 1}`)
	c.tell(codec.Bytes, "b")
	c.tell(codec.Raw, "N.")
	assert.Equal(t, `json {"data": 1}`, <-got)
	assert.Equal(t, "bytes b", <-got)
	assert.Equal(t, "raw N.", <-got)
	require.NoError(t, link.Send(t.Context(), codec.Raw, []byte("N.")), "and sends them")
	c.hear("DATA|data_size=2&data_type=raw")
}

func TestHeadersOfUnknownTypesAreIgnoredAndCounted(t *testing.T) {
	link, c := accepting(t, TCP{}, "127.0.0.1:0", pythonHello, nil)
	in := collect(t.Context(), link)
	c.say("NEWS|of=tomorrow")
	c.say("PING")
	c.say("PONG|ponger=10.0.0.1:80")
	c.say("ACCEPT")
	c.write(strings.Repeat("\x00", 128))
	c.tell(codec.Bytes, "after")
	assert.Equal(t, []string{"after"}, in.first(1))
	b := link.Ledger()
	assert.EqualValues(t, 4, b.Unknown)
	assert.EqualValues(t, 1, b.Pings)
	assert.EqualValues(t, 1, b.Received)
}

const (
	streamHello = pythonHello + "&stream=True"
	fixedHello  = streamHello + "&data_size=5"
)

func TestAStreamHasOneHeaderAndThenBodiesAlone(t *testing.T) {
	t.Run("the remote begins", func(t *testing.T) {
		link, c := accepting(t, TCP{}, "127.0.0.1:0", streamHello, nil)
		assert.Zero(t, link.DataSize())
		in := collect(t.Context(), link)
		c.tell(codec.Bytes, "12345")
		c.write("67890abcde")
		assert.Equal(t, []string{"12345", "67890", "abcde"}, in.first(3))
		assert.Equal(t, 5, link.DataSize())
		require.NoError(t, link.Send(t.Context(), codec.Bytes, []byte("reply")))
		c.hear("DATA|data_size=5&data_type=bytes") // what a Python peer still waits for
		assert.Equal(t, "reply", c.read(5))
		require.NoError(t, link.Send(t.Context(), codec.Bytes, []byte("again")))
		assert.Equal(t, "again", c.read(5), "no header from then on")
	})
	t.Run("the remote begins, and waits for no header since", func(t *testing.T) {
		link, c := accepting(t, TCP{}, "127.0.0.1:0", streamHello, nil)
		in := collect(t.Context(), link)
		c.tell(codec.Bytes, "12345")
		c.write(string(padded("PING")))
		c.write("67890")
		assert.Equal(t, []string{"12345", "67890"}, in.first(2))
		require.NoError(t, link.Send(t.Context(), codec.Bytes, []byte("reply")))
		assert.Equal(t, "reply", c.read(5), "no header this way either")
	})
	t.Run("this side begins", func(t *testing.T) {
		link, c := accepting(t, TCP{}, "127.0.0.1:0", streamHello, nil)
		in := collect(t.Context(), link)
		require.NoError(t, link.Send(t.Context(), codec.Bytes, []byte("12345")))
		require.NoError(t, link.Send(t.Context(), codec.Bytes, []byte("67890")))
		c.hear("DATA|data_size=5&data_type=bytes")
		assert.Equal(t, "1234567890", c.read(10))
		c.write("reply")
		assert.Equal(t, []string{"reply"}, in.first(1))
	})
	t.Run("both begin", func(t *testing.T) {
		link, c := accepting(t, TCP{}, "127.0.0.1:0", streamHello, nil)
		require.NoError(t, link.Send(t.Context(), codec.Bytes, []byte("12345")))
		c.tell(codec.Bytes, "abcde")
		c.write("fghij")
		in := collect(t.Context(), link)
		assert.Equal(t, []string{"abcde", "fghij"}, in.first(2))
	})
	t.Run("both begin with large messages", func(t *testing.T) {
		link, c := accepting(t, TCP{}, "127.0.0.1:0", streamHello, nil)
		large := strings.Repeat("x", 1<<20)
		in := collect(t.Context(), link)
		go func() { _, _ = io.Copy(io.Discard, c) }()
		require.NoError(t, link.Send(t.Context(), codec.Bytes, []byte(large)))
		c.tell(codec.Bytes, large)
		c.write(large)
		assert.Equal(t, []string{large, large}, in.first(2))
	})
	t.Run("the size was agreed on", func(t *testing.T) {
		link, c := accepting(t, TCP{}, "127.0.0.1:0", fixedHello, nil)
		in := collect(t.Context(), link)
		c.write("12345")
		assert.Equal(t, []string{"12345"}, in.first(1))
		require.NoError(t, link.Send(t.Context(), codec.Bytes, []byte("reply")))
		assert.Equal(t, "reply", c.read(5))
	})
	t.Run("the acceptor knows the size of its own", func(t *testing.T) {
		links := make(chan Link, 1)
		ln, err := Listen(t.Context(), TCP{}, "127.0.0.1:0", func(in *Incoming) {
			in.Hello.DataSize = 5
			link, err := in.Accept()
			assert.NoError(t, err)
			links <- link
		}, nil)
		require.NoError(t, err)
		defer ln.Close()
		conn, err := TCP{}.Dial(t.Context(), ln.Addr().String())
		require.NoError(t, err)
		c := bare{conn, t}
		defer c.Close()
		c.say(streamHello)
		c.hear("ACCEPT")
		c.write("12345")
		link := <-links
		assert.Equal(t, []string{"12345"}, collect(t.Context(), link).first(1))
		link.Abort()
	})
}

func TestTwoBeginningsOfAStreamThatDisagreeAreAViolation(t *testing.T) {
	a, b := pair(t, Hello{Stream: true}, nil)
	errA, errB := make(chan error, 1), make(chan error, 1)
	require.NoError(t, a.Send(t.Context(), codec.Bytes, []byte("12345")))
	if err := b.Send(t.Context(), codec.Bytes, []byte("123456")); err != nil {
		var size *DataSizeError
		require.ErrorAs(t, err, &size, "a's message was here first")
		return
	}
	a.Messages().Attach(t.Context(), observer{next: func(*Message) bool { return true }, done: func(err error) { errA <- err }})
	b.Messages().Attach(t.Context(), observer{next: func(*Message) bool { return true }, done: func(err error) { errB <- err }})
	var size *DataSizeError
	err := errors.Join(<-errA, <-errB)
	require.ErrorAs(t, err, &size)
}

func TestAPingBetweenTheMessagesOfAPythonStreamIsDropped(t *testing.T) {
	ping := string(padded("PING"))
	for _, size := range []int{1, 3, 5, 128, 129, 4096} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			link, c := accepting(t, TCP{}, "127.0.0.1:0", streamHello, nil)
			in := collect(t.Context(), link)
			body := func(c string) string { return strings.Repeat(c, size) }
			c.write(ping)
			c.tell(codec.Bytes, body("a"))
			c.write(body("b") + ping + ping + body("c") + ping)
			c.write(body("d"))
			assert.Equal(t, []string{body("a"), body("b"), body("c"), body("d")}, in.first(4))
			assert.EqualValues(t, 4, link.Ledger().Pings)
		})
	}
}

func TestAShortBodyThatLooksLikeAPingIsDeliveredWhenNothingFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		link, c := accepting(t, memory.New(nil), ":0", fixedHello, nil)
		in := collect(t.Context(), link)
		start := time.Now()
		c.write("PING|")
		assert.Equal(t, []string{"PING|"}, in.first(1))
		assert.Equal(t, doubtTime, time.Since(start))
		c.write("PING|hello")
		assert.Equal(t, []string{"PING|", "PING|", "hello"}, in.first(2))
		assert.Equal(t, doubtTime, time.Since(start), "what follows shows that it is data")
	})
}

func TestAPingInAStreamOfAnotherGoPeerIsData(t *testing.T) {
	ping := string(padded("PING"))
	a, b := pair(t, Hello{Stream: true, DataSize: len(ping)}, nil)
	in := collect(t.Context(), b)
	require.NoError(t, a.Send(t.Context(), codec.Bytes, []byte(ping)))
	assert.Equal(t, []string{ping}, in.first(1))
}

func TestAResetIsHowAPythonPeerIsToldAndTells(t *testing.T) {
	link, c := accepting(t, TCP{}, "127.0.0.1:0", pythonHello, nil)
	in := collect(t.Context(), link)
	c.tell(codec.Bytes, "last")
	in.first(1)
	require.NoError(t, Reset(c.Conn))
	_, err := in.wait()
	assert.NoError(t, err)
	<-link.Done()
	assert.Equal(t, &CloseError{Reason: ReasonRemote}, link.Err())
}

func TestAResetByAGoPeerIsAFailure(t *testing.T) {
	a, b := pair(t, Hello{}, nil)
	in := collect(t.Context(), b)
	a.Abort()
	_, err := in.wait()
	assert.True(t, IsReset(err), err)
	<-b.Done()
	assert.Equal(t, ReasonRemote, b.Err().(*CloseError).Reason)
	assert.ErrorIs(t, a.Err(), ErrAborted)
}
