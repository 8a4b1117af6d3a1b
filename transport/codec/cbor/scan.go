package cbor

import (
	"bytes"
	"encoding/binary"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/codec/internal/bound"
)

// scanner reads a well-formed body without items of indefinite length.
type scanner struct {
	b  []byte
	at int
}

// The major types.
const (
	majorUint = iota
	majorInt
	majorBytes
	majorText
	majorArray
	majorMap
	majorTag
)

// Items of one byte.
const (
	null      = 0xf6
	undefined = 0xf7
)

// Next is part of [bound.Scanner].
func (s *scanner) Next() (it bound.Item, err error) {
	from := s.at
	major, n, ok := s.head()
	if !ok {
		return it, &codec.DecodeError{Type: Type, Offset: s.at, Reason: "it ends too early"}
	}
	switch major {
	case majorUint:
		return bound.Item{Kind: bound.Uint, Uint: n}, nil
	case majorInt:
		return bound.Item{Kind: bound.Int, Int: -1 - int64(min(n, 1<<63-1))}, nil
	case majorBytes, majorText:
		if n > uint64(len(s.b)-s.at) {
			return it, &codec.DecodeError{Type: Type, Offset: s.at, Reason: "it ends too early"}
		}
		it = bound.Item{Kind: bound.Bytes, Text: s.b[s.at : s.at+int(n)]}
		if major == majorText {
			it.Kind = bound.Text
		}
		s.at += int(n)
		return it, nil
	case majorArray:
		return bound.Item{Kind: bound.List, N: int(n)}, nil
	case majorMap:
		return bound.Item{Kind: bound.Dict, N: int(n)}, nil
	case majorTag:
		return bound.Item{Kind: bound.Tag}, nil
	}
	if first := s.b[from]; first == null || first == undefined {
		return bound.Item{Kind: bound.Nil}, nil
	}
	return bound.Item{Kind: bound.Plain}, nil
}

// head reads the beginning of an item.
func (s *scanner) head() (major int, n uint64, ok bool) {
	if s.at >= len(s.b) {
		return 0, 0, false
	}
	major, n = int(s.b[s.at]>>5), uint64(s.b[s.at]&31)
	s.at++
	if n < 24 {
		return major, n, true
	}
	size := 1 << (n - 24)
	if n > 27 || size > len(s.b)-s.at {
		return 0, 0, false
	}
	var wide [8]byte
	copy(wide[8-size:], s.b[s.at:s.at+size])
	s.at += size
	return major, binary.BigEndian.Uint64(wide[:]), true
}

// hasNullKey reports whether a map of a body has null as a key. In a map of strings
// the library makes an empty text of it.
func (m *mode) hasNullKey(body []byte) bool {
	if bytes.IndexByte(body, null) < 0 && bytes.IndexByte(body, undefined) < 0 || m.dec.Wellformed(body) != nil {
		return false
	}
	return (&scanner{b: body}).nullKey(false)
}

// nullKey looks at the next value, which may be a key itself.
func (s *scanner) nullKey(key bool) bool {
	it, err := s.Next()
	if err != nil {
		return false
	}
	switch it.Kind {
	case bound.Nil:
		return key
	case bound.Tag:
		return s.nullKey(key)
	case bound.List:
		for range it.N {
			if s.nullKey(false) {
				return true
			}
		}
	case bound.Dict:
		for range it.N {
			if s.nullKey(true) || s.nullKey(false) {
				return true
			}
		}
	}
	return false
}
