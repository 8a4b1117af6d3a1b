package codec

// push charges for v and pushes it.
func (u *unpickler) push(v any) error {
	if err := u.charge(sizeOf(v)); err != nil {
		return err
	}
	u.pushed(v)
	return nil
}

func (u *unpickler) pushed(v any) {
	u.stack = append(u.stack, v)
	u.high = max(u.high, len(u.stack))
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
