// Package codec turns values into message bodies and back: the three data
// types of docs/protocol.md §2.
//
//	json   {"data": <value>}, written exactly as Python's json.dumps writes it
//	bytes  the body is the value
//	raw    a Python pickle of plain data, protocols 0 to 5 read, 4 written
//
// [For] gives the untyped [Codec] of a data type, [NewList] those with codecs of
// others: packages cbor, msgpack and protobuf below this one, or a program's own.
// [Decoder] and [Encoder] give a codec's typed functions, resolved once for a stream
// of messages. All of them are
// pure: they append to encode, read a slice to parse, keep no state, and may be
// used by any number of goroutines. A body is borrowed for the call alone: no
// result refers to it.
//
// # Values
//
// Untyped decoding yields these Go values, and encoding accepts them back:
//
//	Python               json               raw
//	None                 nil                nil
//	bool                 bool               bool
//	int                  int64, *big.Int    int64, *big.Int (beyond 64 bits)
//	float                float64            float64 (NaN and infinities too)
//	str                  string             string
//	list                 []any              []any
//	dict                 map[string]any     *Dict, in Python's order
//	bytes, bytearray                        []byte, ByteArray
//	tuple                                   Tuple
//	set, frozenset                          *Set
//	complex                                 complex128
//	decimal.Decimal                         Decimal
//	datetime.datetime                       time.Time if aware, DateTime if naive
//	date, time                              Date, TimeOfDay
//	timedelta, timezone                     time.Duration, TimeZone
//
// Encoding accepts the common Go types besides: every integer and float kind,
// slices, arrays, maps, pointers and structs. A struct is a dict keyed by its
// json tags, for raw as for json, so that one struct serves both. A nil slice is
// an empty list and a nil map an empty dict; other nils are None. Types with
// MarshalText and UnmarshalText are text in both; MarshalJSON, UnmarshalJSON and
// the tag ",string" count in json alone, where bytes are base64. Otherwise typed
// decoding keeps to the rules of encoding/json: an int fits a float, but not the
// other way round; None leaves alone what cannot be nil; unknown keys are skipped.
//
// Times go to the microsecond, as Python's do. A naive datetime that is decoded
// into a time.Time is taken for local time, as Python itself takes it. A timedelta
// beyond 292 years, and an aware datetime whose offset has fractions of a second,
// are [*UnsupportedError].
//
// Python strings may hold lone surrogates, which UTF-8 cannot express. Such a
// string decodes to a Go string in which each of them takes the three bytes that
// Python's "surrogatepass" gives it, and encodes back to the same Python string.
// Any other string that is not UTF-8 does not encode: use []byte.
//
// # Limits
//
// A body comes from a stranger. Every length in it is checked against the bytes
// that are there before anything is allocated; [MaxDepth], [MaxDigits] and
// [MaxDecoded] bound the rest. Decoding a pickle runs nothing: the few names
// that plain data needs are interpreted here, every other one is an
// [*UnsupportedError].
package codec
