package codec_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/transport/codec"
)

func TestErrorsSayWhatWhereAndWhy(t *testing.T) {
	for want, err := range map[string]error{
		`codec: unknown data type "xml"`:                       &codec.DataTypeError{Name: "xml"},
		`codec: body of 7 bytes on a stream of 5`:              &codec.DataSizeError{Size: 7, Want: 5},
		`codec: json: no value at byte 8`:                      &codec.DecodeError{Type: codec.JSON, Offset: 8, Reason: "no value"},
		`codec: raw: opcode BUILD at byte 3 is not plain data`: &codec.UnsupportedError{Type: codec.Raw, Offset: 3, What: "opcode BUILD"},
		`codec: raw: depth beyond 1000`:                        &codec.LimitError{Type: codec.Raw, What: "depth", Limit: 1000},
		`codec: json: cannot encode chan int at .a`:            &codec.TypeError{Type: codec.JSON, Path: ".a", Value: "chan int"},
		`codec: raw: cannot put the int 300 into int8 at [3]: out of range`: &codec.TypeError{
			Type: codec.Raw, Path: "[3]", Value: "the int 300", Into: "int8", Reason: "out of range"},
	} {
		assert.EqualError(t, err, want)
	}
	assert.ErrorIs(t, &codec.DecodeError{Err: codec.ErrNoData}, codec.ErrNoData)
}

// A grudge is a type that fails on its own.
type grudge struct{ _ int }

var errGrudge = errors.New("out of sorts")

func (grudge) MarshalJSON() ([]byte, error) { return nil, errGrudge }
func (grudge) MarshalText() ([]byte, error) { return nil, errGrudge }
func (*grudge) UnmarshalJSON([]byte) error  { return errGrudge }
func (*grudge) UnmarshalText([]byte) error  { return errGrudge }

// A liar writes what it was given for JSON.
type liar string

func (l liar) MarshalJSON() ([]byte, error) { return []byte(l), nil }

func TestWhatATypesOwnMethodsSayIsTheReason(t *testing.T) {
	for _, dataType := range []codec.Type{codec.JSON, codec.Raw} {
		_, encoding := codecFor(t, dataType).Append(nil, []any{grudge{}})
		_, decoding := into[[]grudge](t, dataType, encoded(t, dataType, []string{"x"}))
		for _, err := range []error{encoding, decoding} {
			var te *codec.TypeError
			if assert.ErrorAs(t, err, &te) {
				assert.Equal(t, "[0]", te.Path)
				assert.Equal(t, errGrudge.Error(), te.Reason)
			}
		}
	}
	for _, text := range []liar{"", "{", "1 2", "\"\xff\"", "nul"} {
		var te *codec.TypeError
		_, err := codecFor(t, codec.JSON).Append(nil, text)
		assert.ErrorAs(t, err, &te, "%q", string(text))
	}
	assert.Equal(t, `{"data": {"a":[ 1 ]}}`, string(encoded(t, codec.JSON, liar(`{"a":[ 1 ]}`))))
}
