package frame

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestBadPayloadsAreErrors(t *testing.T) {
	huge := binary.AppendUvarint(nil, 1<<63)
	credit := func(b string) error { _, err := ParseCredit([]byte(b)); return err }
	gap := func(b string) error { _, err := ParseGap([]byte(b)); return err }
	reason := func(b string) error { _, err := ParseReason(End, []byte(b)); return err }
	ping := func(b string) error { _, err := ParsePing(Ping, []byte(b)); return err }
	message := func(b string) error { _, _, err := NextMessage([]byte(b)); return err }
	head := func(b string) error { _, _, err := ParseHead([]byte(b)); return err }
	open := func(b string) error { _, err := ParseOpen([]byte(b)); return err }
	setup := func(b string) error { _, err := ParseSetup([]byte(b)); return err }
	for name, err := range map[string]error{
		"a credit of two numbers":       credit("\x01\x02"),
		"a credit of four":              credit("\x01\x02\x03\x04"),
		"a number that does not end":    credit("\x01\x02\x80"),
		"a number with zeros behind":    credit("\x01\x02\x80\x00"),
		"a number of more than 64 bits": credit("\x01\x02" + strings.Repeat("\xff", 9) + "\x7f"),
		"an empty credit":               credit(""),
		"a gap of nothing":              gap("\x00\x00"),
		"a gap of one number":           gap("\x01"),
		"no code":                       reason(""),
		"a code of 33 bits":             reason(string(binary.AppendUvarint(nil, 1<<32))),
		"a long reason":                 reason("\x01" + strings.Repeat("x", MaxText+1)),
		"a reason of no UTF-8":          reason("\x01\xff"),
		"a short ping":                  ping("1234567"),
		"a long ping":                   ping("123456789"),
		"a message without its end":     message("\x05hell"),
		"a message of a huge length":    message(string(huge) + "x"),
		"no message":                    message(""),
		"a length with a zero too many": message("\x81\x00x"),
		"a head without a length":       head(""),
		"a head without a beginning":    head("\x09"),
		"a head with all of it":         head("\x02hi"),
		"a head with more than it":      head("\x01hi"),
		"an empty open":                 open(""),
		"an open that wants nothing":    open("\x00about"),
		"an open about too much":        open("\x01" + strings.Repeat("x", MaxOpen+1)),
		"an empty setup":                setup(""),
		"a setup without limits":        setup("\x01\x10" + strings.Repeat("i", 16)),
		"a setup that ends in a field":  setup("\x01\x10iii"),
		"a short instance":              setup("\x01\x01i"),
		"two names":                     setup("\x02\x01a\x02\x01b"),
		"limits that end":               setup("\x03\x01\x01"),
		"limits of 0":                   setup("\x01\x10" + strings.Repeat("i", 16) + "\x03\x05\x01\x01\x01\x01\x00"),
		"metadata without a key":        setup("\x05\x01\x09"),
		"too many codecs":               setup(strings.Repeat("\x04\x01c", MaxCodec+2)),
		"too many keys":                 setup(strings.Repeat("\x05\x02\x01k", MaxMetadata+1)),
		"a field without a length":      setup("\x01"),
		"a field number that goes on":   setup("\x80"),
	} {
		assert.ErrorAs(t, err, new(*Error), name)
	}
}

func FuzzFrames(f *testing.F) {
	setup, _ := AppendSetup(nil, settings())
	for _, frame := range [][]byte{
		setup, AppendEmpty(nil, Accept, 0), AppendReason(nil, Deny, 0, Reason{Refused, "no"}), AppendPing(nil, Ping, 1),
		AppendCredit(nil, 1, Grant{1, 2, 3}), AppendGap(nil, 1, Loss{1, 2}), AppendReason(nil, End, 1, Reason{}),
		append(AppendLength(AppendHeader(nil, Header{Data, 3, 1}), 2), "hi"...),
		append(AppendHeader(nil, Header{Open, 6, 3}), "\x01about"...),
		append(AppendLength(AppendHeader(nil, Header{Head, 3, 1}), 9), "hi"...),
	} {
		f.Add(frame)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < HeaderSize {
			return
		}
		h, err := ParseHeader(b)
		if err != nil || len(b)-HeaderSize < h.Length {
			return
		}
		payload := b[HeaderSize : HeaderSize+h.Length]
		again, ok := parseAndAppend(h, payload)
		if ok {
			assert.Equal(t, b[:HeaderSize+h.Length], again)
		}
	})
}

// parseAndAppend parses a frame and appends it again, which has to give the same
// bytes. Of settings there are several forms, so they are parsed once more.
func parseAndAppend(h Header, payload []byte) (again []byte, ok bool) {
	kind, _ := h.Kind.Messages()
	switch kind {
	case Setup:
		s, err := ParseSetup(payload)
		if err != nil {
			return nil, false
		}
		frame, err := AppendSetup(nil, s)
		if err != nil {
			return []byte("what parses can be appended"), true
		}
		second, err := ParseSetup(frame[HeaderSize:])
		if err != nil || !assert.ObjectsAreEqual(s, second) {
			return []byte("and come back"), true
		}
		return nil, false
	case Deny, Close, End, Stop:
		r, err := ParseReason(kind, payload)
		return AppendReason(nil, kind, h.Stream, r), err == nil
	case Ping, Pong:
		token, err := ParsePing(kind, payload)
		return AppendPing(nil, kind, token), err == nil
	case Credit:
		g, err := ParseCredit(payload)
		return AppendCredit(nil, h.Stream, g), err == nil
	case Open:
		o, err := ParseOpen(payload)
		if err != nil {
			return nil, false
		}
		again, err = AppendOpen(nil, h.Stream, o)
		return again, err == nil
	case Gap:
		l, err := ParseGap(payload)
		return AppendGap(nil, h.Stream, l), err == nil
	case Head:
		total, begin, err := ParseHead(payload)
		return append(AppendLength(AppendHeader(nil, h), int(total)), begin...), err == nil && total < 1<<62
	case Data:
		again = AppendHeader(nil, h)
		for len(payload) > 0 {
			body, rest, err := NextMessage(payload)
			if err != nil {
				return nil, false
			}
			again, payload = append(AppendLength(again, len(body)), bytes.Clone(body)...), rest
		}
		return again, true
	}
	return nil, false
}
