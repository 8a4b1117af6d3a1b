package codec

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"
)

// An unpickler is the stack machine that a pickle is a program for. It knows the
// opcodes of plain data and runs nothing.
type unpickler struct {
	b     []byte
	i     int   // the next byte
	at    int   // the opcode under way
	stack []any // values and *node
	high  int   // the most there ever was on it
	marks []int // heights of the stack
	memo  []any // as stack
	nodes []*node
	used  int // of nodes
	work  int // see toil
	budget
}

// nothing is what the memo holds where nothing was put.
type nothing struct{}

// unpicklers keeps machines whose stacks and memos are empty again.
var unpicklers = sync.Pool{New: func() any { return new(unpickler) }}

// maxMarks is how many marks may be open: one for what is in a container, and in old
// protocols another for the call that makes it.
const maxMarks = 2 * MaxDepth

// maxIdle is how many entries each part of a machine that is kept has room for.
const maxIdle = 4096

// unpickle returns the value of a pickle that fills body.
func unpickle(body []byte) (any, error) {
	u := unpicklers.Get().(*unpickler)
	u.b, u.budget = body, newBudget(Raw, len(body))
	v, err := u.run()
	if u.reset() {
		unpicklers.Put(u)
	}
	return v, err
}

// reset forgets the pickle, and reports whether what is left is worth keeping.
func (u *unpickler) reset() bool {
	if cap(u.stack) > maxIdle || cap(u.memo) > maxIdle || len(u.nodes) > maxIdle {
		return false
	}
	clear(u.stack[:u.high])
	clear(u.memo)
	for _, n := range u.nodes[:u.used] {
		*n = node{}
	}
	*u = unpickler{stack: u.stack[:0], marks: u.marks[:0], memo: u.memo[:0], nodes: u.nodes}
	return true
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
		if len(u.marks) == maxMarks {
			return tooDeep(Raw)
		}
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

func (u *unpickler) fail(format string, args ...any) error {
	return &DecodeError{Type: Raw, Offset: u.at, Reason: fmt.Sprintf(format, args...)}
}
