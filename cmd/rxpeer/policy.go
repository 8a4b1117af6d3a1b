package main

import (
	"strconv"
	"strings"

	"github.com/rxpeer/rxpeer/stream"
)

// policy is what a flag says happens to values that come faster than they are
// taken; nil: their source waits.
type policy struct{ *stream.Policy }

// UnmarshalText is called by kong.
func (p *policy) UnmarshalText(text []byte) error {
	kind, number, numbered := strings.Cut(string(text), "=")
	n, err := strconv.Atoi(number)
	switch {
	case numbered && (err != nil || n < 1):
		return usage("%q has no number of values behind the =", text)
	case kind == "block" && !numbered:
		p.Policy = nil
		return nil
	case kind == "latest" && !numbered:
		n, kind = 1, "oldest"
	}
	make := map[string]func(int) stream.Policy{"oldest": stream.DropOldest, "newest": stream.DropNewest}[kind]
	if make == nil || n == 0 {
		return usage("%q is none; give block, latest, oldest=N or newest=N", text)
	}
	made := make(n)
	p.Policy = &made
	return nil
}
