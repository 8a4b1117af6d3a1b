package codec

import "slices"

// build runs the opcodes of containers.
func (u *unpickler) build(op byte) error {
	switch op {
	case opEmptyList:
		return u.newList(nil, false)
	case opEmptyTuple:
		return u.newList(nil, true)
	case opEmptyDict:
		return u.pushNode(u.node(node{dict: &Dict{}}))
	case opEmptySet:
		return u.pushNode(u.node(node{set: &Set{}}))
	case opTuple1, opTuple2, opTuple3:
		n := int(op-opTuple1) + 1
		if len(u.stack)-n < u.floor() {
			return u.fail("no value on the stack")
		}
		values := u.stack[len(u.stack)-n:]
		u.stack = u.stack[:len(u.stack)-n]
		return u.newList(values, true)
	case opAppend, opSetItem:
		n := 1
		if op == opSetItem {
			n = 2
		}
		if len(u.stack)-n < u.floor() {
			return u.fail("no value on the stack")
		}
		values := u.stack[len(u.stack)-n:]
		u.stack = u.stack[:len(u.stack)-n]
		return u.extend(op, values)
	case opList, opTuple, opDict, opFrozenSet, opAppends, opSetItems, opAddItems:
	default:
		return u.unsupported(opName(op))
	}
	values, err := u.popMark()
	if err != nil {
		return err
	}
	switch op {
	case opList, opTuple:
		return u.newList(values, op == opTuple)
	case opDict:
		n := u.node(node{dict: &Dict{}})
		if err := u.pairs(n, values); err != nil {
			return err
		}
		return u.pushNode(n)
	case opFrozenSet:
		return u.newSet(values, true)
	}
	return u.extend(op, values)
}

// newList pushes a list or a tuple of these values, which it copies.
func (u *unpickler) newList(values []any, tuple bool) error {
	n := u.node(node{tuple: tuple})
	if err := u.items(n, values); err != nil {
		return err
	}
	if n.list == nil {
		n.list = []any{}
	}
	if tuple {
		n.seal()
	}
	return u.pushNode(n)
}

// newSet pushes a set of these values.
func (u *unpickler) newSet(values []any, frozen bool) error {
	n := u.node(node{set: &Set{}})
	if err := u.elements(n, values); err != nil {
		return err
	}
	if frozen {
		n.set.frozen = true
		n.seal()
	}
	return u.pushNode(n)
}

// pushNode pushes a new container. What is in it has been charged.
func (u *unpickler) pushNode(n *node) error {
	if n.depth == 0 {
		n.depth = 1
	}
	n.size += valueCost + containerCost
	if err := u.charge(valueCost + containerCost); err != nil {
		return err
	}
	u.pushed(n)
	return nil
}

// extend adds values to the container on top of the stack.
func (u *unpickler) extend(op byte, values []any) error {
	if len(u.stack) <= u.floor() {
		return u.fail("no value on the stack")
	}
	n, ok := u.stack[len(u.stack)-1].(*node)
	switch {
	case !ok:
		return u.fail("no container to put values into")
	case len(values) == 0:
		return nil
	case n.sealed != nil:
		return u.unsupported("a container that grows after its use, such as one that contains itself,")
	case (op == opAppend || op == opAppends) && n.list != nil:
		return u.items(n, values)
	case (op == opSetItem || op == opSetItems) && n.dict != nil:
		return u.pairs(n, values)
	case op == opAddItems && n.set != nil:
		return u.elements(n, values)
	}
	return u.fail("a container of another kind")
}

// items appends values to a list.
func (u *unpickler) items(n *node, values []any) error {
	n.list = slices.Grow(n.list, len(values))
	for _, v := range values {
		v, err := u.adopt(n, v)
		if err != nil {
			return err
		}
		n.list = append(n.list, v)
	}
	return nil
}

// pairs sets keys and values of a dict.
func (u *unpickler) pairs(n *node, values []any) error {
	if len(values)%2 != 0 {
		return u.fail("a key without a value")
	}
	n.dict.pairs = slices.Grow(n.dict.pairs, len(values)/2)
	for i := 0; i < len(values); i += 2 {
		k, err := u.adoptKey(n, values[i])
		if err != nil {
			return err
		}
		v, err := u.adopt(n, values[i+1])
		if err != nil {
			return err
		}
		if !n.dict.set(k, v) {
			return u.fail("%s as a key", describe(k))
		}
	}
	return nil
}

// elements adds values to a set.
func (u *unpickler) elements(n *node, values []any) error {
	n.set.elements.pairs = slices.Grow(n.set.elements.pairs, len(values))
	for _, v := range values {
		v, err := u.adoptKey(n, v)
		if err != nil {
			return err
		}
		if !n.set.elements.set(v, nil) {
			return u.fail("%s in a set", describe(v))
		}
	}
	return nil
}

func (u *unpickler) unsupported(what string) error {
	return &UnsupportedError{Type: Raw, Offset: u.at, What: what}
}
