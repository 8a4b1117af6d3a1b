package codec

import "math/big"

// A node is a container while the machine may still refer to it. Lists, dicts and
// sets grow until something holds them; after that they are sealed, so that
// nothing can come to contain itself.
type node struct {
	list   []any // of a list or a tuple
	dict   *Dict
	set    *Set
	tuple  bool
	size   int // bytes, as charged, of it and all that is in it
	depth  int // containers in it, itself included
	sealed any // what it has become, or nil
}

// node returns a node like n. Nodes serve one pickle after another.
func (u *unpickler) node(n node) *node {
	if u.used == len(u.nodes) {
		u.nodes = append(u.nodes, new(node))
	}
	fresh := u.nodes[u.used]
	u.used++
	*fresh = n
	return fresh
}

// sizeOf is what a value on the stack is charged.
func sizeOf(v any) int {
	switch v := v.(type) {
	case *node:
		return v.size
	case string:
		return valueCost + boxCost + len(v)
	case []byte:
		return valueCost + containerCost + len(v)
	case ByteArray:
		return valueCost + containerCost + len(v)
	case *big.Int:
		return valueCost + containerCost + v.BitLen()/8
	case nil, bool:
		return valueCost
	}
	return valueCost + boxCost
}

// seal returns the value that v is for its container.
func (u *unpickler) seal(v any) (any, error) {
	switch v := v.(type) {
	case *node:
		return v.seal(), nil
	case global:
		return nil, u.unsupported("the bare global " + string(v))
	}
	return v, nil
}

func (n *node) seal() any {
	if n.sealed == nil {
		switch {
		case n.dict != nil:
			n.sealed = n.dict
		case n.set != nil:
			n.sealed = n.set
		case n.tuple:
			n.sealed = Tuple(n.list)
		default:
			n.sealed = n.list
		}
	}
	return n.sealed
}

// adoptKey is adopt for keys and elements, which take an entry besides.
func (u *unpickler) adoptKey(n *node, v any) (any, error) {
	if inner, ok := v.(*node); ok {
		if err := u.toil(inner.size); err != nil {
			return nil, err
		}
	}
	n.size += entryCost
	if err := u.charge(entryCost); err != nil {
		return nil, err
	}
	return u.adopt(n, v)
}

// toil counts the work of hashing keys of so many bytes. A few bytes of a pickle
// can name a big key again and again; what a key's own bytes ask for is allowed.
func (u *unpickler) toil(size int) error {
	u.work += size
	if limit := min(8<<20+128*len(u.b), u.limit); u.work > limit {
		return &LimitError{Type: Raw, What: "size of keys", Limit: limit}
	}
	return nil
}

// adopt seals v, which is to be put into n, and adds up sizes and depths.
func (u *unpickler) adopt(n *node, v any) (any, error) {
	n.size += sizeOf(v)
	if inner, ok := v.(*node); ok {
		if inner == n {
			return nil, u.unsupported("a container that contains itself")
		}
		n.depth = max(n.depth, inner.depth+1)
		if n.depth > MaxDepth {
			return nil, &LimitError{Type: Raw, What: "depth", Limit: MaxDepth}
		}
	}
	return u.seal(v)
}
