// Package notation writes the values that peers exchange as JSON, and reads
// them back.
//
// JSON's own values stand for themselves; a float is written with a point or
// an exponent, so that 1.0 stays a float. What JSON does not have is an object
// with a single key, its tag:
//
//	{"$bytes": "AAEC"}                Python's bytes, in base64
//	{"$bytearray": "AAEC"}            bytearray
//	{"$tuple": [1, 2]}                tuple
//	{"$set": [1, 2]}                  set
//	{"$frozenset": [1, 2]}            frozenset
//	{"$dict": [[1, "a"], [2, "b"]]}   dict with keys that are no strings
//	{"$float": "NaN"}                 NaN, Infinity and -Infinity
//	{"$complex": [1.0, -2.5]}         complex
//	{"$decimal": "1.50"}              decimal.Decimal
//	{"$datetime": "2026-01-02T15:04:05.5+01:00"}   datetime, without an offset when naive
//	{"$date": "2026-01-02"}           date
//	{"$time": "15:04:05"}             time
//	{"$timedelta": 90.5}              timedelta, in seconds
//	{"$timezone": {"offset": 3600, "name": "CET"}}   timezone, in seconds east of UTC
//
// A dict that looks like one of these is written as a $dict. Text is written
// so that it can be shown on a terminal, whoever sent it: everything that is
// not printable is escaped. An escape may be half of a surrogate pair, as in
// Python's strings.
package notation
