package codec

import "slices"

// list appends a list.
func (e *pickler) list(list []any, depth int) error {
	if depth == MaxDepth {
		return tooDeep(Raw)
	}
	e.op(opEmptyList)
	if len(list) == 0 {
		return nil
	}
	e.op(opMark)
	for i, v := range list {
		if err := e.value(v, depth+1); err != nil {
			return within(err, stepAt(i))
		}
	}
	e.op(opAppends)
	return nil
}

// tuple appends a tuple. In a key, what is in it is part of the key.
func (e *pickler) tuple(t Tuple, depth int, key bool) error {
	if depth == MaxDepth {
		return tooDeep(Raw)
	}
	if len(t) > 3 {
		e.op(opMark)
	}
	for i, v := range t {
		err := error(nil)
		if key {
			err = e.key(v, depth+1)
		} else {
			err = e.value(v, depth+1)
		}
		if err != nil {
			return within(err, stepAt(i))
		}
	}
	e.endTuple(len(t))
	return nil
}

// endTuple makes a tuple of the last n values; of those since the mark if n > 3.
func (e *pickler) endTuple(n int) {
	switch n {
	case 0:
		e.op(opEmptyTuple)
	case 1, 2, 3:
		e.op(opTuple1 + byte(n-1))
	default:
		e.op(opTuple)
	}
}

func (e *pickler) dict(d *Dict, depth int) error {
	if depth == MaxDepth {
		return tooDeep(Raw)
	}
	e.op(opEmptyDict)
	if d.Len() == 0 {
		return nil
	}
	e.op(opMark)
	for _, p := range d.pairs {
		if err := e.key(p.Key, depth+1); err != nil {
			return err
		}
		if err := e.value(p.Value, depth+1); err != nil {
			return within(err, stepToKey(p.Key))
		}
	}
	e.op(opSetItems)
	return nil
}

func (e *pickler) set(s *Set, depth int) error {
	if depth == MaxDepth {
		return tooDeep(Raw)
	}
	if !s.frozen {
		e.op(opEmptySet)
		if s.Len() == 0 {
			return nil
		}
	}
	e.op(opMark)
	for v := range s.All() {
		if err := e.key(v, depth+1); err != nil {
			return err
		}
	}
	if s.frozen {
		e.op(opFrozenSet)
	} else {
		e.op(opAddItems)
	}
	return nil
}

func (e *pickler) stringMap(m map[string]any, depth int) error {
	if depth == MaxDepth {
		return tooDeep(Raw)
	}
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	e.op(opEmptyDict)
	if len(keys) == 0 {
		return nil
	}
	e.op(opMark)
	for _, k := range keys {
		err := e.text(k)
		if err == nil {
			err = e.value(m[k], depth+1)
		}
		if err != nil {
			return within(err, stepTo(k))
		}
	}
	e.op(opSetItems)
	return nil
}
