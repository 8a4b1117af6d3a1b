package cbor

import (
	stdencoding "encoding"
	"math"
	"reflect"
	"sync"

	"github.com/fxamacker/cbor/v2"

	"github.com/rxpeer/rxpeer/transport/codec"
)

// modes returns the mode, which is made when it is first needed.
var modes = sync.OnceValue(func() *mode {
	var reject []func(*cbor.SimpleValueRegistry) error
	for n := range 256 {
		if n < 20 || n > 31 { // but false, true, null, undefined, and what is not well-formed
			reject = append(reject, cbor.WithRejectedSimpleValue(cbor.SimpleValue(n)))
		}
	}
	simple, err := cbor.NewSimpleValueRegistryFromDefaults(reject...)
	if err != nil {
		panic(err) // by what stands here alone
	}
	enc, err := cbor.EncOptions{
		BigIntConvert: cbor.BigIntConvertShortest,
		Time:          cbor.TimeRFC3339Nano,
		TimeTag:       cbor.EncTagRequired,
		NilContainers: cbor.NilContainerAsEmpty,
		TextMarshaler: cbor.TextMarshalerTextString,
	}.UserBufferEncMode()
	if err != nil {
		panic(err)
	}
	options := cbor.DecOptions{
		MaxNestedLevels:  codec.MaxDepth,
		MaxArrayElements: math.MaxInt32, // there are no more than there are bytes
		MaxMapPairs:      math.MaxInt32,
		IntDec:           cbor.IntDecConvertSignedOrBigInt,
		BigIntDec:        cbor.BigIntDecodePointer,
		DefaultMapType:   reflect.TypeFor[map[string]any](),
		UTF8:             cbor.UTF8DecodeInvalid,
		TextUnmarshaler:  cbor.TextUnmarshalerTextString,
		IndefLength:      cbor.IndefLengthForbidden,
		SimpleValues:     simple,

		UnrecognizedTagToAny: cbor.UnrecognizedTagContentToAny,
	}
	m := &mode{enc: enc}
	if m.dec, err = options.DecMode(); err != nil {
		panic(err)
	}
	options.DefaultMapType = nil
	if m.wide, err = options.DecMode(); err != nil {
		panic(err)
	}
	m.rules.Tag, m.rules.Fold = "cbor", true
	m.rules.Own = []reflect.Type{
		reflect.TypeFor[cbor.Unmarshaler](), reflect.TypeFor[stdencoding.BinaryUnmarshaler](),
		reflect.TypeFor[stdencoding.TextUnmarshaler](),
	}
	return m
})
