package frame

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"
)

// The limits of Settings. A frame that passes one does not parse.
const (
	MaxName     = 255 // bytes of a name, a key, or a codec's name
	MaxValue    = 4096
	MaxMetadata = 32 // keys
)

// Settings is the payload of a Setup frame: what each side tells of itself
// first.
type Settings struct {
	Instance [16]byte // this peer, as long as it runs
	Name     string   // for people; may be empty

	Window      uint64 // bytes that each new stream may have sent to this side at first
	Messages    uint64 // the same in messages
	MaxMessage  uint64 // bytes of a message
	MaxFragment uint64 // bytes of the payload of a piece of a message
	MaxStreams  uint64 // that the other side may have open

	// Codecs are the names of the codecs that this side knows. Their numbers in
	// frames are their places here, counted from 0: each side numbers those that
	// it sends with.
	Codecs []string

	// Metadata is what the program tells, in order.
	Metadata []Entry

	// DataType is what the dialler offers, if that is none of those which HELLO
	// can name; else it is empty.
	DataType string
}

// Entry is a key with its value.
type Entry struct{ Key, Value string }

// The fields of a Setup frame. Each is its number, its length and its bytes;
// unknown ones are skipped, so that later versions can tell more.
const (
	fieldInstance = 1 + iota
	fieldName
	fieldLimits // numbers, in the order of Settings
	fieldCodec  // as often as there are codecs
	fieldEntry  // a key behind its length, and the value; as often as there are some
	fieldType   // the data type of the offer
)

// AppendSetup appends a Setup frame. What passes a limit is an error, and
// nothing is appended.
func AppendSetup(dst []byte, s *Settings) ([]byte, error) {
	if err := s.check(); err != nil {
		return dst, err
	}
	at := len(dst)
	dst = AppendHeader(dst, Header{Kind: Setup})
	dst = appendField(dst, fieldInstance, string(s.Instance[:]))
	if s.Name != "" {
		dst = appendField(dst, fieldName, s.Name)
	}
	var limits []byte
	for _, n := range s.limits() {
		limits = binary.AppendUvarint(limits, *n)
	}
	dst = appendField(dst, fieldLimits, string(limits))
	for _, name := range s.Codecs {
		dst = appendField(dst, fieldCodec, name)
	}
	for _, e := range s.Metadata {
		key := binary.AppendUvarint(nil, uint64(len(e.Key)))
		dst = appendField(dst, fieldEntry, string(key)+e.Key+e.Value)
	}
	if s.DataType != "" {
		dst = appendField(dst, fieldType, s.DataType)
	}
	if n := len(dst) - at - HeaderSize; n > MaxPayload {
		return dst[:at], &Error{TooLarge, Setup, fmt.Sprintf("payload of %d bytes, at most %d", n, MaxPayload)}
	}
	return finish(dst, at), nil
}

func (s *Settings) limits() []*uint64 {
	return []*uint64{&s.Window, &s.Messages, &s.MaxMessage, &s.MaxFragment, &s.MaxStreams}
}

// ParseSetup parses the payload of a Setup frame.
func ParseSetup(payload []byte) (*Settings, error) {
	s, seen := new(Settings), 0
	for len(payload) > 0 {
		number, at := uvarint(payload)
		if at <= 0 {
			return nil, malformed("a field has no number")
		}
		field, rest, err := NextMessage(payload[at:])
		if err != nil {
			return nil, malformed("field %d is longer than the frame", number)
		}
		payload = rest
		if number == fieldInstance || number == fieldName || number == fieldLimits || number == fieldType {
			if seen&(1<<number) != 0 {
				return nil, malformed("field %d comes twice", number)
			}
			seen |= 1 << number
		}
		if err := s.set(number, field); err != nil {
			return nil, err
		}
	}
	const needed = 1<<fieldInstance | 1<<fieldLimits
	if seen&needed != needed {
		return nil, malformed("it lacks its instance or its limits")
	}
	return s, s.check()
}

func (s *Settings) set(number uint64, field []byte) error {
	switch number {
	case fieldInstance:
		if len(field) != len(s.Instance) {
			return malformed("an instance of %d bytes", len(field))
		}
		copy(s.Instance[:], field)
	case fieldName:
		s.Name = string(field)
	case fieldLimits:
		return parseLimits(field, s.limits())
	case fieldCodec:
		if len(s.Codecs) > MaxCodec {
			return malformed("more than %d codecs", MaxCodec+1)
		}
		s.Codecs = append(s.Codecs, string(field))
	case fieldEntry:
		key, value, err := NextMessage(field)
		if err != nil {
			return malformed("metadata without a key")
		}
		if len(s.Metadata) == MaxMetadata {
			return malformed("more than %d keys", MaxMetadata)
		}
		s.Metadata = append(s.Metadata, Entry{string(key), string(value)})
	case fieldType:
		s.DataType = string(field)
	}
	return nil
}

// parseLimits reads as many limits as are known; more may follow.
func parseLimits(field []byte, limits []*uint64) error {
	for _, n := range limits {
		v, at := uvarint(field)
		if at <= 0 {
			return malformed("it lacks a limit")
		}
		*n, field = v, field[at:]
	}
	return nil
}

// check is about the limits that both sides keep.
func (s *Settings) check() error {
	if len(s.Codecs) > MaxCodec+1 || len(s.Metadata) > MaxMetadata {
		return malformed("%d codecs and %d keys, at most %d and %d", len(s.Codecs), len(s.Metadata), MaxCodec+1, MaxMetadata)
	}
	texts := append([]string{s.Name, s.DataType}, s.Codecs...)
	for _, e := range s.Metadata {
		texts = append(texts, e.Key)
		if len(e.Value) > MaxValue || !utf8.ValidString(e.Value) {
			return malformed("the value of %q is too long, or no UTF-8", e.Key)
		}
	}
	for _, text := range texts {
		if len(text) > MaxName || !utf8.ValidString(text) {
			return malformed("a name is too long, or no UTF-8")
		}
	}
	for _, n := range s.limits() {
		if *n == 0 {
			return malformed("a limit is 0")
		}
	}
	return nil
}

func appendField(dst []byte, number uint64, field string) []byte {
	dst = binary.AppendUvarint(dst, number)
	dst = AppendLength(dst, len(field))
	return append(dst, field...)
}

func malformed(format string, args ...any) *Error {
	return &Error{Protocol, Setup, fmt.Sprintf(format, args...)}
}

// shorten makes text fit into a reason.
func shorten(text string) string {
	text = strings.ToValidUTF8(text, string(utf8.RuneError))
	if len(text) <= MaxText {
		return text
	}
	return strings.ToValidUTF8(text[:MaxText], "")
}
