package msgpack

import (
	"encoding/binary"
	"fmt"

	"github.com/vmihailenco/msgpack/v5/msgpcode"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/codec/internal/bound"
)

// scanner reads a body item by item.
type scanner struct {
	b  []byte
	at int
}

// timestamp is the number of MessagePack's own extension.
const timestamp = 0xff

// Next is part of [bound.Scanner].
func (s *scanner) Next() (it bound.Item, err error) {
	if s.at >= len(s.b) {
		return it, s.short()
	}
	c := s.b[s.at]
	s.at++
	switch {
	case c <= msgpcode.PosFixedNumHigh:
		return bound.Item{Kind: bound.Uint, Uint: uint64(c)}, nil
	case c >= msgpcode.NegFixedNumLow:
		return bound.Item{Kind: bound.Int, Int: int64(int8(c))}, nil
	case msgpcode.IsFixedMap(c):
		return bound.Item{Kind: bound.Dict, N: int(c & msgpcode.FixedMapMask)}, nil
	case msgpcode.IsFixedArray(c):
		return bound.Item{Kind: bound.List, N: int(c & msgpcode.FixedArrayMask)}, nil
	case msgpcode.IsFixedString(c):
		return s.bytes(bound.Text, uint64(c&msgpcode.FixedStrMask))
	}
	switch c {
	case msgpcode.Nil:
		return bound.Item{Kind: bound.Nil}, nil
	case msgpcode.False, msgpcode.True:
		return bound.Item{Kind: bound.Plain}, nil
	case msgpcode.Float:
		return s.plain(4)
	case msgpcode.Double:
		return s.plain(8)
	case msgpcode.Uint8, msgpcode.Uint16, msgpcode.Uint32, msgpcode.Uint64:
		n, err := s.number(1 << (c - msgpcode.Uint8))
		return bound.Item{Kind: bound.Uint, Uint: n}, err
	case msgpcode.Int8, msgpcode.Int16, msgpcode.Int32, msgpcode.Int64:
		size := 1 << (c - msgpcode.Int8)
		n, err := s.number(size)
		signed := int64(n) << (64 - 8*size) >> (64 - 8*size)
		if signed >= 0 {
			return bound.Item{Kind: bound.Uint, Uint: uint64(signed)}, err
		}
		return bound.Item{Kind: bound.Int, Int: signed}, err
	}
	return s.sized(c)
}

// sized reads what has a length of its own.
func (s *scanner) sized(c byte) (it bound.Item, err error) {
	size := func(first byte) int { return 1 << (c - first) }
	var n uint64
	switch c {
	case msgpcode.Str8, msgpcode.Str16, msgpcode.Str32:
		if n, err = s.number(size(msgpcode.Str8)); err == nil {
			return s.bytes(bound.Text, n)
		}
	case msgpcode.Bin8, msgpcode.Bin16, msgpcode.Bin32:
		if n, err = s.number(size(msgpcode.Bin8)); err == nil {
			return s.bytes(bound.Bytes, n)
		}
	case msgpcode.Array16, msgpcode.Array32:
		n, err = s.number(2 * size(msgpcode.Array16))
		it = bound.Item{Kind: bound.List, N: int(n)}
		if err == nil && n > uint64(len(s.b)-s.at) {
			err = s.short()
		}
	case msgpcode.Map16, msgpcode.Map32:
		n, err = s.number(2 * size(msgpcode.Map16))
		it = bound.Item{Kind: bound.Dict, N: int(n)}
		if err == nil && n > uint64(len(s.b)-s.at)/2 {
			err = s.short()
		}
	case msgpcode.FixExt1, msgpcode.FixExt2, msgpcode.FixExt4, msgpcode.FixExt8, msgpcode.FixExt16:
		return s.extension(uint64(size(msgpcode.FixExt1)))
	case msgpcode.Ext8, msgpcode.Ext16, msgpcode.Ext32:
		if n, err = s.number(size(msgpcode.Ext8)); err == nil {
			return s.extension(n)
		}
	default:
		err = &codec.DecodeError{Type: Type, Offset: s.at - 1, Reason: fmt.Sprintf("the byte %02x, which begins nothing", c)}
	}
	return it, err
}

// number reads an integer of that many bytes.
func (s *scanner) number(size int) (uint64, error) {
	if size > len(s.b)-s.at {
		return 0, s.short()
	}
	var wide [8]byte
	copy(wide[8-size:], s.b[s.at:s.at+size])
	s.at += size
	return binary.BigEndian.Uint64(wide[:]), nil
}

func (s *scanner) plain(size int) (bound.Item, error) {
	_, err := s.number(size)
	return bound.Item{Kind: bound.Plain}, err
}

func (s *scanner) bytes(kind bound.Kind, n uint64) (bound.Item, error) {
	if n > uint64(len(s.b)-s.at) {
		return bound.Item{}, s.short()
	}
	text := s.b[s.at : s.at+int(n)]
	s.at += int(n)
	return bound.Item{Kind: kind, Text: text}, nil
}

// extension reads the number of an extension and n bytes of it.
func (s *scanner) extension(n uint64) (it bound.Item, err error) {
	start := s.at
	number, err := s.number(1)
	if err != nil {
		return it, err
	}
	if number != timestamp || n != 4 && n != 8 && n != 12 {
		return it, &codec.UnsupportedError{Type: Type, Offset: start, What: fmt.Sprintf("extension %d of %d bytes", int8(number), n)}
	}
	return s.bytes(bound.Plain, n)
}

func (s *scanner) short() error {
	return &codec.DecodeError{Type: Type, Offset: len(s.b), Reason: "it ends too early"}
}
