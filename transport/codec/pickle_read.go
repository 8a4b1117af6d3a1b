package codec

import (
	"bytes"
	"math/big"
)

// fixed pushes what n bytes say.
func (u *unpickler) fixed(n int, value func([]byte) any) error {
	b, err := u.take(n)
	if err != nil {
		return err
	}
	return u.push(value(b))
}

// counted hands over as many bytes as the width bytes before them count.
func (u *unpickler) counted(width int, then func([]byte) error) error {
	n, err := u.size(width)
	if err != nil {
		return err
	}
	b, err := u.take(n)
	if err != nil {
		return err
	}
	return then(b)
}

// size reads a length of width bytes, which the input must have.
func (u *unpickler) size(width int) (int, error) {
	n, err := u.unsigned(width)
	if err != nil {
		return 0, err
	}
	if n > uint64(len(u.b)-u.i) {
		return 0, u.fail("a size of %d with %d bytes left", n, len(u.b)-u.i)
	}
	return int(n), nil
}

// unsigned reads a little-endian number of width bytes.
func (u *unpickler) unsigned(width int) (uint64, error) {
	b, err := u.take(width)
	if err != nil {
		return 0, err
	}
	var n uint64
	for i, c := range b {
		n |= uint64(c) << (8 * i)
	}
	return n, nil
}

func (u *unpickler) take(n int) ([]byte, error) {
	if n > len(u.b)-u.i {
		return nil, u.fail("%d bytes wanted, %d left", n, len(u.b)-u.i)
	}
	b := u.b[u.i : u.i+n]
	u.i += n
	return b, nil
}

// long pushes an int in two's complement, little-endian.
func (u *unpickler) long(b []byte) error {
	if len(b) <= 8 {
		var n uint64
		for i, c := range b {
			n |= uint64(c) << (8 * i)
		}
		unused := 64 - 8*len(b)
		return u.push(int64(n<<unused) >> unused)
	}
	if err := u.charge(len(b)); err != nil {
		return err
	}
	reversed := make([]byte, len(b))
	negative := b[len(b)-1] >= 0x80
	for i, c := range b {
		if negative {
			c = ^c
		}
		reversed[len(b)-1-i] = c
	}
	n := new(big.Int).SetBytes(reversed)
	if negative {
		n.Not(n)
	}
	if n.IsInt64() {
		return u.push(n.Int64())
	}
	return u.push(n)
}

func (u *unpickler) text(b []byte) error {
	if i, ok := validText(b, true); !ok {
		return u.fail("text that is not UTF-8 from its byte %d", i)
	}
	return u.push(string(b))
}

func (u *unpickler) bytes(b []byte) error { return u.push(copyOf(b)) }

// ascii pushes a str of Python 2, which Python 3 takes for ASCII.
func (u *unpickler) ascii(b []byte) error {
	if bytes.ContainsFunc(b, func(r rune) bool { return r >= 0x80 }) {
		return u.fail("a Python 2 string that is not ASCII")
	}
	return u.push(string(b))
}
