package transport

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/internal/frame"
)

// stranger is what the tests tell of themselves in a SETUP.
func stranger() *frame.Settings {
	return &frame.Settings{
		Window: 1 << 17, Messages: 1 << 16, MaxMessage: 1 << 20, MaxFragment: frame.MaxPayload, MaxStreams: 100,
		Codecs: []string{"json", "bytes", "raw"},
	}
}

// bareNative returns a link that the test dialled and the other end of it, on
// which frames are spoken by hand. It numbers bytes with 1.
func bareNative(t testing.TB, network Network, address string, own *frame.Settings, opts *Options) (*nativeLink, bare) {
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
	c.say(pythonHello + "&rx=2")
	require.Equal(t, string(setupHeader), c.read(len(setupHeader)))
	_, err = readSettings(conn)
	require.NoError(t, err)
	setup, err := frame.AppendSetup(nil, own)
	require.NoError(t, err)
	c.write(string(setup))
	h, _, err := readFrame(conn)
	require.NoError(t, err)
	require.Equal(t, frame.Accept, h.Kind)
	link := (<-links).(*nativeLink)
	require.NoError(t, ln.Close())
	t.Cleanup(link.Abort)
	t.Cleanup(func() { _ = conn.Close() })
	return link, c
}

// heard is a frame that the test has got.
type heard struct {
	frame.Header
	payload []byte
}

// frames reads frames until the connection ends, in any way.
func (c bare) frames() (all []heard) {
	for {
		h, payload, err := readFrame(c)
		if err != nil {
			return all
		}
		all = append(all, heard{h, payload})
	}
}

// closed returns the last CLOSE among frames.
func closed(t *testing.T, all []heard) (r frame.Reason) {
	t.Helper()
	found := false
	for _, h := range all {
		if h.Kind == frame.Close {
			var err error
			r, err = frame.ParseReason(h.Kind, h.payload)
			require.NoError(t, err)
			found = true
		}
	}
	require.True(t, found, "no CLOSE came")
	return r
}

// The makers of frames.

// fr is any frame.
func fr(kind frame.Kind, stream uint32, payload string) string {
	b := frame.AppendHeader(nil, frame.Header{Kind: kind, Stream: stream, Length: len(payload)})
	return string(append(b, payload...))
}

// num is numbers as payloads have them.
func num(n ...uint64) string {
	var b []byte
	for _, v := range n {
		b = binary.AppendUvarint(b, v)
	}
	return string(b)
}

// data is a DATA frame of bytes.
func data(stream uint32, bodies ...string) string {
	payload := ""
	for _, body := range bodies {
		payload += num(uint64(len(body))) + body
	}
	return fr(frame.Data|1, stream, payload)
}

// head and part are pieces of a message of zeros.
func head(stream uint32, total uint64, n int) string {
	return fr(frame.Head|1, stream, num(total)+string(make([]byte, n)))
}
func part(stream uint32, n int) string { return fr(frame.Part|1, stream, string(make([]byte, n))) }

// piecemeal is a whole message of zeros in pieces of 1000 bytes.
func piecemeal(stream uint32, n int) string {
	s := head(stream, uint64(n), 1000)
	for n -= 1000; n > 0; n -= 1000 {
		s += part(stream, min(n, 1000))
	}
	return s
}

// open is an OPEN frame.
func open(stream uint32) string { return fr(frame.Open, stream, num(manyMessages)) }
