package peerpy

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// reader walks the fields of one header: what stands between its first and
// its second separator. The first thing that is wrong ends the walk.
type reader struct {
	kind  Kind
	rest  []byte // the fields to come
	more  bool   // rest holds at least one field, if only an empty one
	keys  [MaxFields][]byte
	n     int
	value []byte
	err   error
}

// read begins with b, which should be one header of that kind.
func read(b []byte, kind Kind) reader {
	r := reader{kind: kind}
	switch {
	case len(b) != HeaderSize:
		r.fail("", ErrLength)
	case KindOf(b) != kind:
		r.fail("", ErrKind)
	case !utf8.Valid(b):
		r.fail("", ErrNotUTF8)
	default:
		_, fields, found := bytes.Cut(b, []byte{separator})
		if !found {
			r.fail("", ErrNoSeparator)
			break
		}
		r.rest, _, _ = bytes.Cut(fields, []byte{separator})
		r.more = len(r.rest) > 0
	}
	return r
}

// next goes to the next field.
func (r *reader) next() bool {
	if r.err != nil || !r.more {
		return false
	}
	var pair []byte
	pair, r.rest, r.more = bytes.Cut(r.rest, []byte{'&'})
	key, value, found := bytes.Cut(pair, []byte{'='})
	if !found || len(key) == 0 || bytes.IndexByte(value, '=') >= 0 {
		return r.fail(string(pair), ErrPair)
	}
	for _, k := range r.keys[:r.n] {
		if bytes.Equal(k, key) {
			return r.fail(string(key), ErrDuplicate)
		}
	}
	if r.n == MaxFields {
		return r.fail("", ErrTooManyFields)
	}
	r.keys[r.n], r.value = key, value
	r.n++
	return true
}

// is reports whether the current field has that key.
func (r *reader) is(key string) bool { return string(r.keys[r.n-1]) == key }

// text returns the current value as a string.
func (r *reader) text() string { return text(r.value) }

// truth returns the current value as a bool. Python writes True; what its
// other falsehoods look like as text is false here, though the Python side
// takes all but the empty one for true.
func (r *reader) truth() bool {
	switch string(r.value) {
	case "", "False", "0", "None":
		return false
	}
	return true
}

// number returns the current value, which is plain decimal digits.
func (r *reader) number() int64 {
	n, err := parseNumber(r.value)
	if err != nil {
		r.fail(string(r.keys[r.n-1]), err)
	}
	return n
}

// marker returns the current value as the version of the marker.
func (r *reader) marker() int {
	n := r.number()
	if n > math.MaxInt32 {
		r.fail("rx", ErrRange)
	}
	return int(n)
}

// fail keeps the first error, and returns false.
func (r *reader) fail(field string, err error) bool {
	if r.err == nil {
		r.err = &HeaderError{Kind: r.kind, Field: field, Err: err}
	}
	return false
}

// parseNumber takes decimal digits and nothing else: no sign, no blank, no
// underscore, no digits of other scripts, all of which Python takes too.
func parseNumber(b []byte) (int64, error) {
	if len(b) == 0 {
		return 0, ErrNumber
	}
	var n int64
	for _, c := range b {
		c -= '0'
		if c > 9 {
			return 0, ErrNumber
		}
		if n > (math.MaxInt64-int64(c))/10 {
			return 0, ErrRange
		}
		n = n*10 + int64(c)
	}
	return n, nil
}

// writer appends the fields of one header.
type writer struct {
	kind  Kind
	dst   []byte
	start int
	err   error
}

// begin appends the type.
func begin(dst []byte, kind Kind) writer {
	return writer{kind: kind, dst: append(dst, kind.String()...), start: len(dst)}
}

// text appends a field whose value must not break the header.
func (w *writer) text(key, value string) {
	switch {
	case value == "":
		w.fail(key, ErrMissing)
	case !utf8.ValidString(value):
		w.fail(key, ErrNotUTF8)
	case strings.ContainsAny(value, reserved):
		w.fail(key, ErrReserved)
	default:
		w.raw(key, value)
	}
}

// number appends a field that is a number, which must not be negative.
func (w *writer) number(key string, n int64) {
	if n < 0 {
		w.fail(key, ErrRange)
		return
	}
	w.raw(key, strconv.FormatInt(n, 10))
}

// marker appends the version of the marker.
func (w *writer) marker(rx int) {
	if rx < 0 || rx > math.MaxInt32 {
		w.fail("rx", ErrRange)
		return
	}
	w.number("rx", int64(rx))
}

// raw appends a field whose value is known to be good.
func (w *writer) raw(key, value string) {
	if w.err != nil {
		return
	}
	sep := byte('&')
	if len(w.dst)-w.start == len(w.kind.String()) {
		sep = separator
	}
	w.dst = append(w.dst, sep)
	w.dst = append(w.dst, key...)
	w.dst = append(w.dst, '=')
	w.dst = append(w.dst, value...)
}

// end appends the padding, or takes back everything.
func (w *writer) end() ([]byte, error) {
	size := len(w.dst) - w.start
	if w.err == nil && size > HeaderSize {
		w.err = &HeaderSizeError{Kind: w.kind, Size: size}
	}
	if w.err != nil {
		return w.dst[:w.start], w.err
	}
	return append(w.dst, padding[size:]...), nil
}

// fail keeps the first error.
func (w *writer) fail(field string, err error) {
	if w.err == nil {
		w.err = &HeaderError{Kind: w.kind, Field: field, Err: err}
	}
}
