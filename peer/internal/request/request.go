package request

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Kind is what is asked for.
type Kind uint8

// The kinds. Those up to [Group] are the kinds of what is exposed, too.
const (
	Subscribe Kind = iota + 1 // the values of an Observable
	Send                      // to send values
	Call                      // to call a function, many times
	Group                     // to send to a member of a group
	List                      // what is exposed
)

// Valid reports whether k is one of the kinds.
func (k Kind) Valid() bool { return k >= Subscribe && k <= List }

// Limits.
const (
	MaxName = 255 // bytes of a name, or of the name of a codec
	MaxType = 1024
)

// Request is what a stream is opened for.
type Request struct {
	Kind Kind
	// Name is that of what is asked for.
	Name string
	// Codec is what the values should be encoded in; empty leaves it to who
	// exposes.
	Codec string
	// Type is that of the values, of those that are sent if there are two kinds,
	// and Reply that of those that come back. Empty fits every type.
	Type, Reply string
	// Policy says what happens to values that find no room. It is for
	// subscriptions; 0 leaves it to who exposes.
	Policy Policy
	// Capacity is that of the policy.
	Capacity uint64
}

// Policy is a policy of package stream, as the wire has it.
type Policy uint8

// The policies.
const (
	Block Policy = iota + 1
	DropOldest
	DropNewest
	FailWhenFull
)

// The fields of a request.
const (
	fieldName = iota + 1
	fieldCodec
	fieldType
	fieldReply
	fieldPolicy
)

// ErrMalformed reports a request that does not parse.
var ErrMalformed = errors.New("malformed request")

// Append appends a request. A text that is too long, or is not UTF-8, is an error.
func Append(dst []byte, r *Request) ([]byte, error) {
	start := len(dst)
	dst = append(dst, byte(r.Kind))
	for field, text := range []string{fieldName: r.Name, fieldCodec: r.Codec, fieldType: r.Type, fieldReply: r.Reply} {
		if text == "" {
			continue
		}
		if len(text) > limit(field) || !utf8.ValidString(text) {
			return dst[:start], fmt.Errorf("%q must be UTF-8 of up to %d bytes", text[:min(len(text), 32)], limit(field))
		}
		dst = append(dst, byte(field))
		dst = binary.AppendUvarint(dst, uint64(len(text)))
		dst = append(dst, text...)
	}
	if r.Policy != 0 {
		policy := binary.AppendUvarint([]byte{byte(r.Policy)}, r.Capacity)
		dst = append(dst, fieldPolicy, byte(len(policy)))
		dst = append(dst, policy...)
	}
	return dst, nil
}

func limit(field int) int {
	if field == fieldType || field == fieldReply {
		return MaxType
	}
	return MaxName
}

// Parse parses a request. Fields that are not known are skipped; every other
// fault is [ErrMalformed]. The request of a kind that is not known parses.
func Parse(b []byte) (*Request, error) {
	if len(b) == 0 {
		return nil, ErrMalformed
	}
	r := &Request{Kind: Kind(b[0])}
	last := uint64(0)
	for b = b[1:]; len(b) > 0; {
		field, value, rest, ok := nextField(b)
		if !ok || field <= last {
			return nil, ErrMalformed
		}
		b, last = rest, field
		if !r.set(int(min(field, 1<<30)), value) {
			return nil, ErrMalformed
		}
	}
	return r, nil
}

// set sets a field, and reports whether its value is right.
func (r *Request) set(field int, value []byte) bool {
	if field == fieldPolicy {
		capacity, n := binary.Uvarint(value[min(1, len(value)):])
		if n <= 0 || 1+n != len(value) || value[0] < byte(Block) || value[0] > byte(FailWhenFull) {
			return false
		}
		r.Policy, r.Capacity = Policy(value[0]), capacity
		return true
	}
	texts := map[int]*string{fieldName: &r.Name, fieldCodec: &r.Codec, fieldType: &r.Type, fieldReply: &r.Reply}
	text, known := texts[field]
	if !known {
		return true
	}
	if len(value) == 0 || len(value) > limit(field) || !utf8.Valid(value) {
		return false
	}
	*text = string(value)
	return true
}

// nextField takes a field off b.
func nextField(b []byte) (field uint64, value, rest []byte, ok bool) {
	field, n := binary.Uvarint(b)
	if n <= 0 || field == 0 {
		return 0, nil, nil, false
	}
	size, m := binary.Uvarint(b[n:])
	if m <= 0 || size > uint64(len(b)-n-m) {
		return 0, nil, nil, false
	}
	b = b[n+m:]
	return field, b[:size], b[size:], true
}
