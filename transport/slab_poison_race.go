//go:build race

package transport

import "bytes"

// poisons says whether poison does anything.
const poisons = true

var poisoned = bytes.Repeat([]byte{0xdb}, 4096)

// poison overwrites memory that is given back, so that a subscriber who keeps
// what it only borrowed notices.
func poison(b []byte) {
	for len(b) > 0 {
		b = b[copy(b, poisoned):]
	}
}
