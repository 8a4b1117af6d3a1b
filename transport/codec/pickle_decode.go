package codec

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"sync"
)

// An unpickler is the stack machine that a pickle is a program for. It knows the
// opcodes of plain data and runs nothing.
type unpickler struct {
	b     []byte
	i     int   // the next byte
	at    int   // the opcode under way
	stack []any // values and *node
	marks []int // heights of the stack
	memo  []any // as stack; nil where nothing was put
	budget
}

// nothing is what the memo holds where nothing was put.
type nothing struct{}

// unpicklers keeps stacks and memos that are empty again.
var unpicklers = sync.Pool{New: func() any { return new(unpickler) }}

// maxIdle is how many entries a kept stack or memo has room for at most.
const maxIdle = 4096

// unpickle returns the value of a pickle that fills body.
func unpickle(body []byte) (any, error) {
	u := unpicklers.Get().(*unpickler)
	u.b, u.budget = body, newBudget(Raw, len(body))
	v, err := u.run()
	if cap(u.stack) <= maxIdle && cap(u.memo) <= maxIdle {
		clear(u.stack[:cap(u.stack)])
		clear(u.memo)
		*u = unpickler{stack: u.stack[:0], marks: u.marks[:0], memo: u.memo[:0]}
		unpicklers.Put(u)
	}
	return v, err
}

func (u *unpickler) run() (any, error) {
	if len(u.b) == 0 {
		return nil, u.fail("an empty body")
	}
	for u.i < len(u.b) {
		u.at = u.i
		op := u.b[u.i]
		u.i++
		if op == opStop {
			return u.result()
		}
		if err := u.step(op); err != nil {
			return nil, err
		}
	}
	u.at = u.i
	return nil, u.fail("no end of the pickle")
}

// result is what STOP leaves.
func (u *unpickler) result() (any, error) {
	if u.i < len(u.b) {
		return nil, u.fail("something after the pickle")
	}
	if len(u.stack) != 1 || len(u.marks) != 0 {
		return nil, u.fail("%d values at the end", len(u.stack))
	}
	v, err := u.pop()
	if err != nil {
		return nil, err
	}
	return u.seal(v)
}

// step runs one opcode.
func (u *unpickler) step(op byte) error {
	switch op {
	case opProto:
		n, err := u.take(1)
		if err == nil && n[0] > 5 {
			return &UnsupportedError{Type: Raw, Offset: u.at, What: fmt.Sprintf("protocol %d", n[0])}
		}
		return err
	case opFrame:
		_, err := u.size(8) // only that it fits counts: the body is here in one piece
		return err
	case opMark:
		u.marks = append(u.marks, len(u.stack))
		return nil
	case opNone:
		return u.push(nil)
	case opNewTrue:
		return u.push(true)
	case opNewFalse:
		return u.push(false)
	case opBinInt1:
		return u.fixed(1, func(b []byte) any { return int64(b[0]) })
	case opBinInt2:
		return u.fixed(2, func(b []byte) any { return int64(binary.LittleEndian.Uint16(b)) })
	case opBinInt:
		return u.fixed(4, func(b []byte) any { return int64(int32(binary.LittleEndian.Uint32(b))) })
	case opBinFloat:
		return u.fixed(8, func(b []byte) any { return math.Float64frombits(binary.BigEndian.Uint64(b)) })
	case opLong1:
		return u.counted(1, u.long)
	case opLong4:
		return u.counted(4, u.long)
	case opShortBinUnicode:
		return u.counted(1, u.text)
	case opBinUnicode:
		return u.counted(4, u.text)
	case opBinUnicode8:
		return u.counted(8, u.text)
	case opShortBinBytes:
		return u.counted(1, u.bytes)
	case opBinBytes:
		return u.counted(4, u.bytes)
	case opBinBytes8:
		return u.counted(8, u.bytes)
	case opByteArray8:
		return u.counted(8, func(b []byte) error { return u.push(ByteArray(copyOf(b))) })
	case opShortBinString:
		return u.counted(1, u.ascii)
	case opBinString:
		return u.counted(4, u.ascii)
	case opInt, opLong, opFloat, opString, opUnicode, opGlobal, opGet, opPut:
		return u.line(op)
	case opPop:
		return u.discard()
	case opPopMark:
		_, err := u.popMark()
		return err
	case opStackGlobal:
		return u.stackGlobal()
	case opReduce:
		return u.reduce()
	case opMemoize:
		return u.put(uint64(len(u.memo)))
	case opBinPut, opBinGet:
		return u.memoOp(op == opBinPut, 1)
	case opLongBinPut, opLongBinGet:
		return u.memoOp(op == opLongBinPut, 4)
	}
	return u.build(op)
}

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

// push charges for v and pushes it.
func (u *unpickler) push(v any) error {
	if err := u.charge(sizeOf(v)); err != nil {
		return err
	}
	u.stack = append(u.stack, v)
	return nil
}

// floor is the height below which the values belong to an open mark.
func (u *unpickler) floor() int {
	if len(u.marks) == 0 {
		return 0
	}
	return u.marks[len(u.marks)-1]
}

func (u *unpickler) pop() (any, error) {
	if len(u.stack) <= u.floor() {
		return nil, u.fail("no value on the stack")
	}
	v := u.stack[len(u.stack)-1]
	u.stack = u.stack[:len(u.stack)-1]
	return v, nil
}

// popMark pops what was pushed since the last mark. The values are valid until
// the next push.
func (u *unpickler) popMark() ([]any, error) {
	if len(u.marks) == 0 {
		return nil, u.fail("no mark on the stack")
	}
	from := u.floor()
	u.marks = u.marks[:len(u.marks)-1]
	values := u.stack[from:]
	u.stack = u.stack[:from]
	return values, nil
}

// discard drops the top of the stack, be it a value or a mark.
func (u *unpickler) discard() error {
	if len(u.marks) > 0 && u.floor() == len(u.stack) {
		u.marks = u.marks[:len(u.marks)-1]
		return nil
	}
	_, err := u.pop()
	return err
}

func (u *unpickler) memoOp(put bool, width int) error {
	n, err := u.unsigned(width)
	if err != nil {
		return err
	}
	if put {
		return u.put(n)
	}
	return u.get(n)
}

// put remembers the top of the stack as number n. Numbers may have gaps, but a
// pickle has fewer of them than bytes.
func (u *unpickler) put(n uint64) error {
	if len(u.stack) <= u.floor() {
		return u.fail("no value on the stack")
	}
	if n >= uint64(len(u.b)) {
		return u.fail("memo entry %d in a pickle of %d bytes", n, len(u.b))
	}
	if missing := int(n) + 1 - len(u.memo); missing > 0 {
		if err := u.charge(missing * valueCost); err != nil {
			return err
		}
		for range missing {
			u.memo = append(u.memo, nothing{})
		}
	}
	u.memo[n] = u.stack[len(u.stack)-1]
	return nil
}

func (u *unpickler) get(n uint64) error {
	if n < uint64(len(u.memo)) && u.memo[n] != (nothing{}) {
		return u.push(u.memo[n])
	}
	return u.fail("memo entry %d is empty", n)
}

func (u *unpickler) fail(format string, args ...any) error {
	return &DecodeError{Type: Raw, Offset: u.at, Reason: fmt.Sprintf(format, args...)}
}
