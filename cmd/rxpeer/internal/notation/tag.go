package notation

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/rxpeer/rxpeer/transport/codec"
)

// A tag is the key of an object that stands for a value JSON does not have.
type tag string

const (
	tagBytes     tag = "$bytes"
	tagByteArray tag = "$bytearray"
	tagTuple     tag = "$tuple"
	tagSet       tag = "$set"
	tagFrozenSet tag = "$frozenset"
	tagDict      tag = "$dict"
	tagFloat     tag = "$float"
	tagComplex   tag = "$complex"
	tagDecimal   tag = "$decimal"
	tagDateTime  tag = "$datetime"
	tagDate      tag = "$date"
	tagTime      tag = "$time"
	tagTimedelta tag = "$timedelta"
	tagTimezone  tag = "$timezone"
)

// awareLayout is how a datetime with an offset is written.
const awareLayout = "2006-01-02T15:04:05.999999999Z07:00"

// known reports whether t is one of the above.
func (t tag) known() bool {
	switch t {
	case tagBytes, tagByteArray, tagTuple, tagSet, tagFrozenSet, tagDict, tagFloat, tagComplex,
		tagDecimal, tagDateTime, tagDate, tagTime, tagTimedelta, tagTimezone:
		return true
	}
	return false
}

// read turns the content of a tagged object into its value.
func (t tag) read(content any) (v any, err error) {
	switch t {
	case tagBytes:
		return readBytes(content)
	case tagByteArray:
		b, err := readBytes(content)
		return codec.ByteArray(b), err
	case tagTuple:
		l, err := list(content)
		return codec.Tuple(l), err
	case tagSet:
		return readSet(content, codec.NewSet)
	case tagFrozenSet:
		return readSet(content, codec.NewFrozenSet)
	case tagDict:
		return readDict(content)
	case tagFloat:
		return readFloat(content)
	case tagComplex:
		return readComplex(content)
	case tagDecimal:
		return readDecimal(content)
	case tagDateTime:
		return readDateTime(content)
	case tagDate:
		var d codec.Date
		err = readText(content, &d)
		return d, err
	case tagTime:
		var t codec.TimeOfDay
		err = readText(content, &t)
		return t, err
	case tagTimedelta:
		return seconds(content)
	}
	return readZone(content)
}

func text(content any) (string, error) {
	s, is := content.(string)
	if !is {
		return "", errors.New("wants a string")
	}
	return s, nil
}

func list(content any) ([]any, error) {
	l, is := content.([]any)
	if !is {
		return nil, errors.New("wants a list")
	}
	return l, nil
}

var errNumber = errors.New("wants a number")

func number(content any) (float64, error) {
	switch n := content.(type) {
	case int64:
		return float64(n), nil
	case float64:
		return n, nil
	}
	return 0, errNumber
}

func readText(content any, into interface{ UnmarshalText([]byte) error }) error {
	s, err := text(content)
	if err != nil {
		return err
	}
	return into.UnmarshalText([]byte(s))
}

func readBytes(content any) ([]byte, error) {
	s, err := text(content)
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(s)
}

func readSet(content any, make func(...any) *codec.Set) (v any, err error) {
	l, err := list(content)
	if err != nil {
		return nil, err
	}
	defer hashable(&err)
	return make(l...), nil
}

func readDict(content any) (v any, err error) {
	pairs, err := list(content)
	if err != nil {
		return nil, err
	}
	defer hashable(&err)
	d := codec.NewDict()
	for _, p := range pairs {
		pair, is := p.([]any)
		if !is || len(pair) != 2 {
			return nil, errors.New("wants pairs of a key and a value")
		}
		d.Set(pair[0], pair[1])
	}
	return d, nil
}

// hashable turns the panic of a set or dict about a key into an error.
func hashable(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%v", p)
	}
}

func readFloat(content any) (any, error) {
	switch content {
	case "NaN":
		return math.NaN(), nil
	case "Infinity":
		return math.Inf(1), nil
	case "-Infinity":
		return math.Inf(-1), nil
	}
	return nil, errors.New("wants NaN, Infinity or -Infinity")
}

func readComplex(content any) (any, error) {
	l, err := list(content)
	if err != nil {
		return nil, err
	}
	if len(l) != 2 {
		return nil, errors.New("wants two numbers")
	}
	re, err := number(l[0])
	if err != nil {
		return nil, err
	}
	im, err := number(l[1])
	return complex(re, im), err
}

func readDecimal(content any) (any, error) {
	s, err := text(content)
	if err != nil {
		return nil, err
	}
	return codec.ParseDecimal(s)
}

func readDateTime(content any) (any, error) {
	s, err := text(content)
	if err != nil {
		return nil, err
	}
	if t, err := time.ParseInLocation(awareLayout, s, time.UTC); err == nil {
		return t, nil
	}
	var naive codec.DateTime
	err = naive.UnmarshalText([]byte(s))
	return naive, err
}

// seconds reads a number of seconds, to the microsecond, as Python's timedelta
// does.
func seconds(content any) (time.Duration, error) {
	n, err := number(content)
	micros := math.RoundToEven(n * 1e6)
	switch {
	case err != nil:
		return 0, err
	case math.Abs(micros) > math.MaxInt64/1e3, math.IsNaN(n):
		return 0, errors.New("out of range")
	}
	return time.Duration(micros) * time.Microsecond, nil
}

func readZone(content any) (v any, err error) {
	d, is := content.(*codec.Dict)
	if !is {
		return nil, errors.New("wants an object")
	}
	var z codec.TimeZone
	offset, _ := d.Get("offset")
	if z.Offset, err = seconds(offset); err != nil {
		return nil, err
	}
	if name, has := d.Get("name"); has {
		if z.Name, err = text(name); err != nil {
			return nil, err
		}
	}
	return z, nil
}
