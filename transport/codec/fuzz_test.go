package codec_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
)

// requireOwnError requires that err is one of the package's types.
func requireOwnError(t *testing.T, err error) {
	t.Helper()
	var (
		de *codec.DecodeError
		ue *codec.UnsupportedError
		le *codec.LimitError
		te *codec.TypeError
	)
	if !errors.As(err, &de) && !errors.As(err, &ue) && !errors.As(err, &le) && !errors.As(err, &te) {
		t.Fatalf("a %T: %v", err, err)
	}
}

// fuzzRoundTrip requires of any body that it either fails with an error of ours or
// gives a value that survives encoding.
func fuzzRoundTrip(t *testing.T, dataType codec.Type, body []byte) {
	c := codecFor(t, dataType)
	v, err := c.Decode(body)
	if err != nil {
		requireOwnError(t, err)
		return
	}
	again, err := c.Append(nil, v)
	require.NoError(t, err)
	w, err := c.Decode(again)
	require.NoError(t, err)
	if !same(v, w) {
		t.Fatalf("%v became %v", v, w)
	}
	once, err := c.Append(nil, w)
	require.NoError(t, err)
	require.Equal(t, again, once)
}

func FuzzRawDecode(f *testing.F) {
	for _, v := range append(pythonValues[:len(pythonValues):len(pythonValues)], picklesOnly...) {
		if body := encoded(f, codec.Raw, v.value); len(body) < 1000 {
			f.Add(body)
		}
	}
	for _, body := range []string{
		"c__builtin__\nset\np0\n((lp1\nI1\natp2\nRp3\n.",
		"c_codecs\nencode\np0\n(Vab\\u00ff\np1\nVlatin1\np2\ntp3\nRp4\n.",
		"(dp0\nVa\np1\nF1.5\ns.",
		"\x80\x04\x95\x0a\x00\x00\x00\x00\x00\x00\x00]\x94(]\x94h\x01e.",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		fuzzRoundTrip(t, codec.Raw, body)
		for _, target := range []any{new(zoo), new(map[any]any), new([]int16), new(string), new(codec.Tuple)} {
			if err := codecFor(t, codec.Raw).DecodeInto(body, target); err != nil {
				requireOwnError(t, err)
			}
		}
	})
}

func FuzzJSONDecode(f *testing.F) {
	for _, v := range pythonValues {
		if body := encoded(f, codec.JSON, v.value); len(body) < 1000 {
			f.Add(body)
		}
	}
	z, err := json.Marshal(map[string]any{"data": zoo{Levels: map[level][]level{1: {2}}, Pointers: []*int{new(int)}}})
	require.NoError(f, err)
	f.Add(z)
	f.Add([]byte(`{"data":"\ud800\udc00\ud800","x":[NaN,-Infinity]} `))
	f.Fuzz(func(t *testing.T, body []byte) {
		fuzzRoundTrip(t, codec.JSON, body)
		for _, target := range []any{new(zoo), new(map[int8]any), new([]int16), new(string), new(*codec.Dict)} {
			if err := codecFor(t, codec.JSON).DecodeInto(body, target); err != nil {
				requireOwnError(t, err)
			}
		}
	})
}
