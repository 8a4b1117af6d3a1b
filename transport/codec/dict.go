package codec

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

// A Dict is a Python dict: pairs in the order in which their keys were first set.
// Keys are equal when Python says so: 1, 1.0 and true are one key, a [Tuple] or a
// frozen [Set] equals another with equal elements, a NaN equals nothing. Lists,
// dicts, sets that are not frozen and byte arrays cannot be keys.
//
// The zero Dict is empty and ready to use; it is not to be copied after that.
// Methods that read may be called by
// many goroutines at once, as long as none sets or deletes.
type Dict struct {
	pairs []Pair
	index map[any]int // by keyOf; nil while a look through pairs is as fast
}

// A Pair is a key of a [Dict] and its value.
type Pair struct {
	Key, Value any
}

// smallDict is how many pairs are looked through without an index.
const smallDict = 8

// NewDict returns a Dict of these pairs, set in that order. It panics as
// [Dict.Set] does.
func NewDict(pairs ...Pair) *Dict {
	d := &Dict{pairs: make([]Pair, 0, len(pairs))}
	for _, p := range pairs {
		d.Set(p.Key, p.Value)
	}
	return d
}

// Set sets the value of key. A key that is there keeps its place, and its first
// spelling, as in Python. Set panics for a key that Python calls unhashable, as
// a Go map does.
func (d *Dict) Set(key, value any) {
	if !d.set(key, value) {
		panic(fmt.Sprintf("codec: a %T cannot be a key", key))
	}
}

// set is Set, and false where Set panics.
func (d *Dict) set(key, value any) bool {
	k, ok := keyOf(key)
	if !ok {
		return false
	}
	if i, found := d.find(k); found {
		d.pairs[i].Value = value
		return true
	}
	_, composite := k.(compositeKey)
	if d.index == nil && (composite || len(d.pairs) == smallDict) {
		d.reindex()
	}
	if d.index != nil {
		d.index[k] = len(d.pairs)
	}
	d.pairs = append(d.pairs, Pair{key, value})
	return true
}

// Get returns the value of key, and whether there is one.
func (d *Dict) Get(key any) (any, bool) {
	if k, ok := keyOf(key); ok {
		if i, found := d.find(k); found {
			return d.pairs[i].Value, true
		}
	}
	return nil, false
}

// Delete removes key and reports whether it was there. It takes time in
// proportion to the length.
func (d *Dict) Delete(key any) bool {
	k, ok := keyOf(key)
	if !ok {
		return false
	}
	i, found := d.find(k)
	if !found {
		return false
	}
	d.pairs = slices.Delete(d.pairs, i, i+1)
	if d.index != nil {
		d.reindex()
	}
	return true
}

// Len returns the number of pairs.
func (d *Dict) Len() int { return len(d.pairs) }

// All yields the pairs in order. The Dict must not change meanwhile.
func (d *Dict) All() iter.Seq2[any, any] {
	return func(yield func(any, any) bool) {
		for _, p := range d.pairs {
			if !yield(p.Key, p.Value) {
				return
			}
		}
	}
}

// String writes the pairs as {key: value, …}, for people to read.
func (d *Dict) String() string {
	var b strings.Builder
	b.WriteByte('{')
	for i, p := range d.pairs {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%v: %v", p.Key, p.Value)
	}
	b.WriteByte('}')
	return b.String()
}

// MarshalJSON writes an object as the json codec does: keys that are numbers,
// bools or nil become text, as in Python.
func (d *Dict) MarshalJSON() ([]byte, error) {
	b, err := appendJSON(nil, d, 0)
	return b, err
}

// UnmarshalJSON reads an object, in its order.
func (d *Dict) UnmarshalJSON(text []byte) error {
	pairs, err := parseObject(text)
	if err == nil {
		*d = *NewDict(pairs...)
	}
	return err
}

// clone returns a Dict of the same pairs that changes on its own.
func (d *Dict) clone() Dict {
	return Dict{pairs: slices.Clone(d.pairs), index: maps.Clone(d.index)}
}

func (d *Dict) find(k any) (int, bool) {
	if d.index != nil {
		i, found := d.index[k]
		return i, found
	}
	for i := range d.pairs {
		if have, _ := keyOf(d.pairs[i].Key); have == k {
			return i, true
		}
	}
	return 0, false
}

func (d *Dict) reindex() {
	d.index = make(map[any]int, len(d.pairs)+1)
	for i, p := range d.pairs {
		k, _ := keyOf(p.Key)
		d.index[k] = i
	}
}
