package frame

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// settings are those of a small peer.
func settings() *Settings {
	return &Settings{
		Instance: [16]byte{0: 0xa0, 15: 0xaf}, Name: "hall",
		Window: 1 << 20, Messages: 4096, MaxMessage: 64 << 20, MaxFragment: MaxPayload, MaxStreams: 1024,
		Codecs: []string{"json", "raw"}, Metadata: []Entry{{"room", "1"}},
	}
}

func TestFramesAreThese(t *testing.T) {
	setup, err := AppendSetup(nil, settings())
	require.NoError(t, err)
	opened, err := AppendOpen(nil, 9, Opening{256, []byte("about")})
	require.NoError(t, err)
	message := append(AppendLength(AppendHeader(nil, Header{Data + 2, 6, 1}), 5), "hello"...)
	for name, c := range map[string]struct {
		frame []byte
		want  string
	}{
		"SETUP": {setup, "01 3b0000 00000000" +
			"01 10 a0" + strings.Repeat("00", 14) + "af" + "02 04 68616c6c" +
			"03 0e 808040 8020 80808020 808004 8008" +
			"04 04 6a736f6e" + "04 03 726177" + "05 06 04 726f6f6d 31"},
		"ACCEPT":               {AppendEmpty(nil, Accept, 0), "02 000000 00000000"},
		"DENY":                 {AppendReason(nil, Deny, 0, Reason{Refused, "no"}), "03 030000 00000000 09 6e6f"},
		"PING":                 {AppendPing(nil, Ping, 0x0102), "04 080000 00000000 0201000000000000"},
		"PONG":                 {AppendPing(nil, Pong, 0x0102), "05 080000 00000000 0201000000000000"},
		"CLOSE":                {AppendReason(nil, Close, 0, Reason{}), "06 010000 00000000 00"},
		"CREDIT":               {AppendCredit(nil, 7, Grant{300, 2, 1}), "08 040000 07000000 ac02 02 01"},
		"GAP":                  {AppendGap(nil, 7, Loss{3, 96}), "09 020000 07000000 03 60"},
		"END":                  {AppendReason(nil, End, 7, Reason{Failed, "é"}), "0a 030000 07000000 05 c3a9"},
		"STOP":                 {AppendReason(nil, Stop, 1<<32-1, Reason{Code: 256}), "0b 020000 ffffffff 8002"},
		"OPEN":                 {opened, "0c 070000 09000000 8002 61626f7574"},
		"DATA with codec 2":    {message, "12 060000 01000000 05 68656c6c6f"},
		"HEAD":                 {AppendLength(AppendHeader(nil, Header{Head, 2, 1}), 300), "20 020000 01000000 ac02"},
		"PART of 65,536 bytes": {AppendHeader(nil, Header{Part + 1, MaxPayload, 1}), "31 000001 01000000"},
	} {
		want, err := hex.DecodeString(strings.ReplaceAll(c.want, " ", ""))
		require.NoError(t, err)
		assert.Equal(t, hex.EncodeToString(want), hex.EncodeToString(c.frame), name)
	}
}

func TestHeadersComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := Header{
			Kind:   Kind(rapid.Byte().Draw(t, "kind")),
			Length: rapid.IntRange(0, 1<<24-1).Draw(t, "length"),
			Stream: rapid.Uint32().Draw(t, "stream"),
		}
		got, err := ParseHeader(AppendHeader(nil, h))
		assert.Equal(t, h, got)
		kind, codec := h.Kind.Messages()
		assert.Equal(t, h.Kind, kind+Kind(codec))
		known := kindNames[kind] != ""
		ofConnection, most := known && kind < Credit, MaxPayload
		if kind == Head || kind == Part {
			most = MaxPiece
		}
		switch {
		case h.Length > most, !known && h.Kind < Ignorable, known && ofConnection != (h.Stream == 0):
			assert.ErrorAs(t, err, new(*Error))
		default:
			assert.NoError(t, err)
		}
	})
}

func TestWhatIsAppendedComesBack(t *testing.T) {
	text := rapid.StringN(-1, -1, MaxText)
	rapid.Check(t, func(t *rapid.T) {
		prefix := []byte("what is there")
		payload := func(frame []byte) []byte {
			require.Equal(t, prefix, frame[:len(prefix)])
			h, err := ParseHeader(frame[len(prefix):])
			require.NoError(t, err)
			body := frame[len(prefix)+HeaderSize:]
			require.Len(t, body, h.Length)
			return body
		}
		g := Grant{rapid.Uint64().Draw(t, "bytes"), rapid.Uint64().Draw(t, "messages"), rapid.Uint64().Draw(t, "taken")}
		grant, err := ParseCredit(payload(AppendCredit(prefix, 1, g)))
		require.NoError(t, err)
		assert.Equal(t, g, grant)

		l := Loss{rapid.Uint64Min(1).Draw(t, "lost"), rapid.Uint64().Draw(t, "lost bytes")}
		loss, err := ParseGap(payload(AppendGap(prefix, 1, l)))
		require.NoError(t, err)
		assert.Equal(t, l, loss)

		r := Reason{Code(rapid.Uint32().Draw(t, "code")), text.Draw(t, "text")}
		reason, err := ParseReason(End, payload(AppendReason(prefix, End, 1, r)))
		require.NoError(t, err)
		assert.Equal(t, r, reason)

		o := Opening{rapid.Uint64Min(1).Draw(t, "messages"), rapid.SliceOfN(rapid.Byte(), 0, MaxOpen).Draw(t, "about")}
		frame, err := AppendOpen(prefix, 9, o)
		require.NoError(t, err)
		opening, err := ParseOpen(payload(frame))
		require.NoError(t, err)
		assert.Equal(t, o.Messages, opening.Messages)
		assert.Equal(t, string(o.About), string(opening.About))

		token, err := ParsePing(Ping, payload(AppendPing(prefix, Ping, g.Bytes)))
		require.NoError(t, err)
		assert.Equal(t, g.Bytes, token)
	})
}

func TestMessagesOfAFrameComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bodies := rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 0, 300)).Draw(t, "bodies")
		var payload []byte
		for _, b := range bodies {
			before := len(payload)
			payload = append(AppendLength(payload, len(b)), b...)
			assert.Equal(t, len(payload)-before, MessageSize(len(b)))
		}
		for _, want := range bodies {
			var got []byte
			var err error
			got, payload, err = NextMessage(payload)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(want, got))
		}
		assert.Empty(t, payload)
	})
}

func TestSettingsComeBack(t *testing.T) {
	s := settings()
	frame, err := AppendSetup(nil, s)
	require.NoError(t, err)
	got, err := ParseSetup(frame[HeaderSize:])
	require.NoError(t, err)
	assert.Equal(t, s, got)

	// Of a later version: an unknown field and one more limit.
	later := append(bytes.Clone(frame[HeaderSize:]), 0x63, 2, 'h', 'i')
	at := bytes.Index(later, []byte{fieldLimits, 14})
	later[at+1]++
	later = slices.Insert(later, at+2+14, 9)
	got, err = ParseSetup(later)
	require.NoError(t, err)
	assert.Equal(t, s, got)
}

func TestSettingsThatPassALimitAreNotSent(t *testing.T) {
	long := strings.Repeat("x", MaxName+1)
	for name, spoil := range map[string]func(s *Settings){
		"a long name":         func(s *Settings) { s.Name = long },
		"a name of no UTF-8":  func(s *Settings) { s.Name = "\xff" },
		"a long codec":        func(s *Settings) { s.Codecs = []string{long} },
		"too many codecs":     func(s *Settings) { s.Codecs = make([]string, MaxCodec+2) },
		"a long key":          func(s *Settings) { s.Metadata = []Entry{{long, ""}} },
		"a long value":        func(s *Settings) { s.Metadata = []Entry{{"k", strings.Repeat("x", MaxValue+1)}} },
		"a value of no UTF-8": func(s *Settings) { s.Metadata = []Entry{{"k", "\xff"}} },
		"too many keys":       func(s *Settings) { s.Metadata = make([]Entry, MaxMetadata+1) },
		"no window":           func(s *Settings) { s.Window = 0 },
		"all of it too large": func(s *Settings) {
			for range MaxMetadata - 1 {
				s.Metadata = append(s.Metadata, Entry{"k", strings.Repeat("x", MaxValue)})
			}
		},
	} {
		s := settings()
		spoil(s)
		frame, err := AppendSetup([]byte("before"), s)
		assert.ErrorAs(t, err, new(*Error), name)
		assert.Equal(t, "before", string(frame), name)
	}
}

func TestReasonsAreShortenedAtACharacter(t *testing.T) {
	frame := AppendReason(nil, Close, 0, Reason{Failed, strings.Repeat("é", MaxText)})
	r, err := ParseReason(Close, frame[HeaderSize:])
	require.NoError(t, err)
	assert.Equal(t, strings.Repeat("é", MaxText/2), r.Text)
	r, err = ParseReason(Close, AppendReason(nil, Close, 0, Reason{Failed, "a\xffb"})[HeaderSize:])
	require.NoError(t, err)
	assert.Equal(t, "a\ufffdb", r.Text)
}

func TestKindsAndCodesHaveNames(t *testing.T) {
	assert.Equal(t, "DATA", (Data + 3).String())
	assert.Equal(t, "CREDIT", Credit.String())
	assert.Equal(t, "kind 200", Kind(200).String())
	assert.Equal(t, "type mismatch", Mismatch.String())
	assert.Equal(t, "code 300", Code(300).String())
	assert.Equal(t, "GAP frame: protocol error: it tells of nothing", (&Error{Protocol, Gap, "it tells of nothing"}).Error())
}
