package codec

// The limits of decoding, for json and raw alike. Passing one is a [*LimitError]
// for that message and nothing else.
const (
	// MaxDepth is how deep lists, dicts and the like may nest, in bodies and in
	// values to encode. Python's own recursion limit is 1000.
	MaxDepth = 1000

	// MaxDigits is how many decimal digits an integer written as text may have
	// (json, and pickles of protocols 0 and 1): reading it takes quadratic time.
	// The number is the one that CPython sets itself for the same reason. Integers
	// in binary, as every later pickle writes them, have no limit of their own.
	MaxDigits = 4300

	// MaxDecoded is how much memory a decoded value may take, in bytes, counted
	// as if nothing in it were shared; four times the body's size if that is
	// more. A pickle can name one part of itself many times: the decoded value
	// shares that part too, but whoever walks it meets all of it each time. Tuples
	// and frozensets in keys may take 8 MiB and 128 times the body's size, counted
	// each time that they are hashed.
	MaxDecoded = 256 << 20
)

// What parts of a decoded value are charged, in bytes: rounded up from what Go
// needs for them on a 64-bit machine.
const (
	valueCost     = 16  // an any
	boxCost       = 16  // what an any points to: a number, a string's header
	containerCost = 128 // a slice header, a Dict or a Set while it is built
	entryCost     = 96  // a map entry, a pair of a Dict with its index
)

// A budget is what is left of MaxDecoded.
type budget struct {
	t     Type
	left  int
	limit int
}

func newBudget(t Type, body int) budget {
	limit := max(MaxDecoded, 4*body)
	return budget{t: t, left: limit, limit: limit}
}

// charge takes n bytes off the budget.
func (b *budget) charge(n int) error {
	if n > b.left {
		return &LimitError{Type: b.t, What: "decoded size", Limit: b.limit}
	}
	b.left -= n
	return nil
}
