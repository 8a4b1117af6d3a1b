package codec_test

import (
	"encoding/binary"
	"math"
	"math/big"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
)

func TestPicklesThatCPythonDoesNotWriteButReads(t *testing.T) {
	for body, want := range map[string]any{
		"I-5\n.":                         int64(-5),
		"I99999999999999999999\n.":       bigInt("99999999999999999999"),
		"L7\n.":                          int64(7),
		"L-7L\n.":                        int64(-7),
		"F-0.0\n.":                       math.Copysign(0, -1),
		"Finf\n.":                        math.Inf(1),
		"F-inf\n.":                       math.Inf(-1),
		"F1e3\n.":                        1000.0,
		"S'py2 \\x41\\n\\'\\\\'\n.":      "py2 A\n'\\",
		"S\"py2\"\n.":                    "py2",
		"U\x03abc.":                      "abc",
		"T\x03\x00\x00\x00abc.":          "abc",
		"V\\ud800x\\U0001f600\\x\xe9\n.": "\xed\xa0\x80x😀\\xé",
		"\x8a\x00.":                      int64(0),
		"\x8a\x01\xff.":                  int64(-1),
		"\x8a\x02\xff\x00.":              int64(255),
		"\x8a\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff.":         int64(-1),
		"\x8b\x01\x00\x00\x00\x80.":                                 int64(-128),
		"\x8b\x09\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x00.": new(big.Int).Lsh(big.NewInt(1), 63),
		"K\x01K\x020.":  int64(1),
		"K\x01(K\x021.": int64(1),
		"K\x01(0.":      int64(1),
		"(K\x01K\x02l.": []any{int64(1), int64(2)},
		"(K\x01K\x02d.": codec.NewDict(codec.Pair{Key: int64(1), Value: int64(2)}),
		"](e.":          []any{},
		"K\x07r\x05\x00\x00\x000j\x05\x00\x00\x00.": int64(7),
		"K\x07p5\n0g5\n.":                                    int64(7),
		"c__builtins__\nfrozenset\n)R.":                      codec.NewFrozenSet(),
		"c__builtin__\nbytes\n)R.":                           []byte{},
		"\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00K\x01.": int64(1),
		"\x96\x01\x00\x00\x00\x00\x00\x00\x00x.":             codec.ByteArray("x"),
		"\x8d\x01\x00\x00\x00\x00\x00\x00\x00x.":             "x",
		"\x8e\x01\x00\x00\x00\x00\x00\x00\x00x.":             []byte("x"),
	} {
		got, err := codecFor(t, codec.Raw).Decode([]byte(body))
		if assert.NoError(t, err, "%q", body) {
			assertSame(t, want, got)
		}
	}
}

func TestWhatIsNoPickleIsADecodeErrorThatSaysWhere(t *testing.T) {
	long := func(prefix string, n uint64) string {
		return prefix + string(binary.LittleEndian.AppendUint64(nil, n))
	}
	for _, c := range []struct {
		body   string
		offset int
		reason string
	}{
		{"", 0, "an empty body"},
		{"\x80", 0, "1 bytes wanted, 0 left"},
		{"\x80\x04", 2, "no end of the pickle"},
		{".", 0, "0 values at the end"},
		{"NN.", 2, "2 values at the end"},
		{"N(.", 2, "1 values at the end"},
		{"N..", 1, "something after the pickle"},
		{"M\x01", 0, "2 bytes wanted, 1 left"},
		{"\x8c\x05abc.", 0, "a size of 5 with 4 bytes left"},
		{"X\xff\xff\xff\xff.", 0, "a size of 4294967295 with 1 bytes left"},
		{"\x8b\xff\xff\xff\x7f.", 0, "a size of 2147483647 with 1 bytes left"},
		{long("\x8e", 1<<63) + ".", 0, "a size of 9223372036854775808 with 1 bytes left"},
		{long("\x8d", 1e12) + ".", 0, "a size of 1000000000000 with 1 bytes left"},
		{long("\x96", 1e12) + ".", 0, "a size of 1000000000000 with 1 bytes left"},
		{long("\x95", 1e12) + "N.", 0, "a size of 1000000000000 with 2 bytes left"},
		{"\x8c\x02\xff\xfe.", 0, "text that is not UTF-8 from its byte 0"},
		{"\x8c\x03\xed\xa0x.", 0, "text that is not UTF-8 from its byte 0"},
		{"U\x01\xe9.", 0, "a Python 2 string that is not ASCII"},
		{"S'abc\n.", 0, "a Python 2 string that is none"},
		{"S'\\q'\n.", 0, "a Python 2 string that is none"},
		{"S'\\x4'\n.", 0, "a Python 2 string that is none"},
		{"Sabc\n.", 0, "a Python 2 string that is none"},
		{"V\\u12\n.", 0, "a \\u escape that is none"},
		{"V\\U00110000\n.", 0, "a \\u escape that is none"},
		{"I1", 0, "no end of the line"},
		{"I\n.", 0, "no int"},
		{"I1.5\n.", 0, "no int"},
		{"I0x10\n.", 0, "no int"},
		{"L1_0L\n.", 0, "no int"},
		{"L--1L\n.", 0, "no int"},
		{"F\n.", 0, "no float"},
		{"F0x1p3\n.", 0, "no float"},
		{"F1_0\n.", 0, "no float"},
		{"Finfinity\n.", 0, "no float"},
		{"F1.2.3\n.", 0, "no float"},
		{"Npx\n.", 1, "no memo number"},
		{"Np-1\n.", 1, "no memo number"},
		{"Nr\xff\xff\xff\xff.", 1, "memo entry 4294967295 in a pickle of 7 bytes"},
		{"g0\n.", 0, "memo entry 0 is empty"},
		{"h\x00.", 0, "memo entry 0 is empty"},
		{"Nq\x02h\x01.", 3, "memo entry 1 is empty"},
		{"q\x00.", 0, "no value on the stack"},
		{"\x94.", 0, "no value on the stack"},
		{"0.", 0, "no value on the stack"},
		{"1.", 0, "no mark on the stack"},
		{"e.", 0, "no mark on the stack"},
		{"t.", 0, "no mark on the stack"},
		{"a.", 0, "no value on the stack"},
		{"Na.", 1, "no value on the stack"},
		{"](a.", 2, "no value on the stack"},
		{"N(\x85.", 2, "no value on the stack"},
		{"NNa.", 2, "no container to put values into"},
		{"}Na.", 2, "a container of another kind"},
		{"]NNs.", 3, "a container of another kind"},
		{"](N\x90.", 3, "a container of another kind"},
		{"}(Nu.", 3, "a key without a value"},
		{"(Nd.", 2, "a key without a value"},
		{"}]Ns.", 3, "a list as a key"},
		{"}}Ns.", 3, "a dict as a key"},
		{"}(]\x85Nu.", 5, "a tuple as a key"},
		{"\x8f(]\x90.", 3, "a list in a set"},
		{"(\x8f\x91.", 2, "a set in a set"},
		{"N\x93.", 1, "no value on the stack"},
		{"NN\x93.", 2, "a global whose name is no str"},
		{"N)R.", 2, "a call of something else than a global with a tuple"},
		{"c__builtin__\nset\n]R.", 18, "a call of something else than a global with a tuple"},
		{"c__builtin__\nset\n(NtR.", 20, "arguments that builtins.set does not take"},
		{"c__builtin__\nset\n(]]tR.", 21, "arguments that builtins.set does not take"},
		{"cdecimal\nDecimal\n(V1,5\ntR.", 24, "arguments that decimal.Decimal does not take"},
		{"c_codecs\nencode\n(Vab\nVutf-8\ntR.", 29, "arguments that _codecs.encode does not take"},
		{"c_codecs\nencode\n(V\\u0100\nVlatin1\ntR.", 34, "arguments that _codecs.encode does not take"},
		{"cdatetime\ndate\n(C\x04\x00\x00\x01\x01tR.", 23, "arguments that datetime.date does not take"},
		{"cdatetime\ndate\n(C\x04\x07\xe5\x02\x1dtR.", 23, "arguments that datetime.date does not take"},
		{"cdatetime\ntime\n(C\x06\x18\x00\x00\x00\x00\x00tR.", 25, "arguments that datetime.time does not take"},
		{"cdatetime\ntimedelta\n(K\x00J\x80Q\x01\x00K\x00tR.", 31, "arguments that datetime.timedelta does not take"},
		{"cdatetime\ntimezone\n(cdatetime\ntimedelta\n(K\x01K\x00K\x00tRtR.", 50, "arguments that datetime.timezone does not take"},
	} {
		_, err := codecFor(t, codec.Raw).Decode([]byte(c.body))
		var de *codec.DecodeError
		if assert.ErrorAs(t, err, &de, "%q", c.body) {
			assert.Equal(t, codec.DecodeError{Type: codec.Raw, Offset: c.offset, Reason: c.reason}, *de, "%q", c.body)
		}
	}
}

func TestWhatIsNoPlainDataIsNamedAndNeverRun(t *testing.T) {
	for body, what := range map[string]string{
		"cos\nsystem\n(S'echo'\ntR.":                     "global os.system",
		"\x8c\x02os\x8c\x06system\x93\x8c\x04echo\x85R.": "global os.system",
		"c__builtin__\neval\n(S'1'\ntR.":                 "global builtins.eval",
		"ccopy_reg\n_reconstructor\n.":                   "global copy_reg._reconstructor",
		"cdatetime\ntzinfo\n.":                           "global datetime.tzinfo",
		"c" + strings.Repeat("x", 100) + "\ny\n.":        "global " + strings.Repeat("x", 60),
		"c__builtin__\nset\n.":                           "the bare global builtins.set",
		"]c__builtin__\nset\na.":                         "the bare global builtins.set",
		"(i__main__\nX\n.":                               "opcode INST",
		"(co\nx\no.":                                     "global o.x",
		"(o.":                                            "opcode OBJ",
		"]}b.":                                           "opcode BUILD",
		"N2.":                                            "opcode DUP",
		"P1\n.":                                          "opcode PERSID",
		"NQ.":                                            "opcode BINPERSID",
		")\x81.":                                         "opcode NEWOBJ",
		")}\x92.":                                        "opcode NEWOBJ_EX",
		"\x82\x01.":                                      "opcode EXT1",
		"\x83\x01\x00.":                                  "opcode EXT2",
		"\x84\x01\x00\x00\x00.":                          "opcode EXT4",
		"\x97.":                                          "opcode NEXT_BUFFER",
		"N\x98.":                                         "opcode READONLY_BUFFER",
		"\xff.":                                          "opcode 0xff",
		"\x80\x06N.":                                     "protocol 6",
		"]q\x00h\x00a.":                                  "a container that contains itself",
		"]q\x00h\x00\x85a.":                              "a container that grows after its use, such as one that contains itself,",
		"}q\x00Nh\x00s.":                                 "a container that contains itself",
		"cdatetime\ntimedelta\n(J@B\x0f\x00K\x00K\x00tR.": "a timedelta beyond 292 years",
		"cdatetime\ndatetime\n(C\x0a\x07\xe4\x01\x02\x03\x04\x05\x00\x00\x06cdatetime\ntimezone\n(cdatetime\ntimedelta\n(K\x00K\x00K\x01tRtRtR.": "a time zone with fractions of a second",
	} {
		_, err := codecFor(t, codec.Raw).Decode([]byte(body))
		var ue *codec.UnsupportedError
		if assert.ErrorAs(t, err, &ue, "%q", body) {
			assert.Equal(t, what, ue.What, "%q", body)
		}
	}
}

func TestPicklesAreBoundedInDepthDigitsAndSize(t *testing.T) {
	deep := func(open, end string, n int) string { return strings.Repeat(open, n) + end }
	lists := func(n int) string { return strings.Repeat("]", n) + strings.Repeat("a", n-1) + "." }
	// Each level holds the one below ten times.
	var laughs strings.Builder
	laughs.WriteString("]q\x00")
	for level := range 100 {
		laughs.WriteString("](" + strings.Repeat("h"+string(byte(level)), 10) + "eq" + string(byte(level+1)))
	}
	laughs.WriteString(".")
	frozensets := deep("(", "N", 1000) + deep("\x91", ".", 1000)
	// A big tuple is the key of many dicts.
	hashes := "(" + strings.Repeat("N", 10_000) + "t\x94(" + strings.Repeat("}h\x00Ns", 1000) + "t."
	for _, c := range []struct {
		name, body, what string
		limit            int
	}{
		{"lists", lists(codec.MaxDepth + 1), "depth", codec.MaxDepth},
		{"many lists", lists(100_000), "depth", codec.MaxDepth},
		{"tuples", deep("(", "N", codec.MaxDepth+1) + deep("t", ".", codec.MaxDepth+1), "depth", codec.MaxDepth},
		{"frozensets", frozensets, "size of keys", 8<<20 + 128*len(frozensets)},
		{"digits", "L" + strings.Repeat("9", codec.MaxDigits+1) + "L\n.", "digits", codec.MaxDigits},
		{"a million digits", "I" + strings.Repeat("9", 1_000_000) + "\n.", "digits", codec.MaxDigits},
		{"laughs", laughs.String(), "decoded size", codec.MaxDecoded},
		{"hashes", hashes, "size of keys", 8<<20 + 128*len(hashes)},
		{"marks", strings.Repeat("(", 1_000_000), "depth", codec.MaxDepth},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := codecFor(t, codec.Raw).Decode([]byte(c.body))
			assertLimit(t, err, c.what, c.limit)
		})
	}
	for _, body := range []string{
		lists(codec.MaxDepth),
		deep("(", "N", codec.MaxDepth) + deep("t", ".", codec.MaxDepth),
		"L" + strings.Repeat("9", codec.MaxDigits) + "L\n.",
	} {
		v, err := codecFor(t, codec.Raw).Decode([]byte(body))
		require.NoError(t, err)
		encoded(t, codec.Raw, v)
	}
}

func TestTypedValuesOfSharedPartsAreBoundedToo(t *testing.T) {
	// 1000 times one list of 1000 empty dicts: small in a pickle, and as shared
	// parts, but not as structs of a kilobyte each.
	body := "](" + "](" + strings.Repeat("}", 1000) + "eq\x00" + strings.Repeat("h\x00", 999) + "e."
	v, err := codecFor(t, codec.Raw).Decode([]byte(body))
	require.NoError(t, err)
	assert.Len(t, v, 1000)
	type kilobyte struct{ _ [1024]byte }
	_, err = into[[][]kilobyte](t, codec.Raw, []byte(body))
	assertLimit(t, err, "decoded size", codec.MaxDecoded)
}

func TestADeclaredSizeAllocatesNothing(t *testing.T) {
	for _, body := range []string{
		"\x8b\xff\xff\xff\x7f",
		"B\xff\xff\xff\xff",
		"X\xff\xff\xff\xff",
		"\x8d\x00\x00\x00\x00\x01\x00\x00\x00",
		"\x8e\x00\x10\xa5\xd4\xe8\x00\x00\x00",
		"\x96\x00\x10\xa5\xd4\xe8\x00\x00\x00",
		"\x95\x00\x10\xa5\xd4\xe8\x00\x00\x00",
		"Nr\xff\xff\xff\xff",
		"Np4294967295\n",
	} {
		c := codecFor(t, codec.Raw)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 100 {
			_, err := c.Decode([]byte(body))
			require.Error(t, err, "%q", body)
		}
		runtime.ReadMemStats(&after)
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(100<<10), "%q", body)
	}
}

func TestSharedPartsOfAPickleAreSharedAndComplete(t *testing.T) {
	v, err := codecFor(t, codec.Raw).Decode([]byte("](]q\x00(K\x01K\x02eh\x00e."))
	require.NoError(t, err)
	list := v.([]any)
	assertSame(t, []any{[]any{int64(1), int64(2)}, []any{int64(1), int64(2)}}, v)
	list[0].([]any)[0] = "changed"
	assert.Equal(t, "changed", list[1].([]any)[0])
}

func TestRawRefusesWhatPythonCannotHold(t *testing.T) {
	for _, c := range []struct {
		value any
		path  string
	}{
		{make(chan int), ""},
		{[]any{0, func() {}}, "[1]"},
		{map[string]any{"a": "\xff"}, ".a"},
		{map[string]any{"\xff": 1}, `["\xff"]`},
		{map[any]int{struct{ X int }{}: 1}, ""},
		{codec.DateTime{}, ""},
		{codec.Date{Year: 2023, Month: 2, Day: 29}, ""},
		{[]any{codec.TimeOfDay{Hour: 24}}, "[0]"},
		{codec.TimeZone{Offset: 24 * 3600e9}, ""},
	} {
		_, err := codecFor(t, codec.Raw).Append(nil, c.value)
		var te *codec.TypeError
		if assert.ErrorAs(t, err, &te, "%T", c.value) {
			assert.Equal(t, c.path, te.Path)
			assert.Equal(t, codec.Raw, te.Type)
		}
	}
}

func TestGoValuesBecomeTheirPythonCounterparts(t *testing.T) {
	type celsius float64
	type id [4]byte
	n, u := 7, uint64(1<<63)
	var none *int
	pair := func(k, v any) codec.Pair { return codec.Pair{Key: k, Value: v} }
	for _, c := range []struct {
		value any
		want  any
	}{
		{int8(-1), int64(-1)},
		{uint16(500), int64(500)},
		{u, bigInt("0x8000000000000000")},
		{float32(0.5), 0.5},
		{celsius(1.5), 1.5},
		{complex64(1), complex(1, 0)},
		{&n, int64(7)},
		{none, nil},
		{(*big.Int)(nil), nil},
		{(*codec.Dict)(nil), nil},
		{(*codec.Set)(nil), nil},
		{*big.NewInt(5), int64(5)},
		{*codec.NewSet(1), codec.NewSet(int64(1))},
		{*codec.NewDict(pair("a", 1)), codec.NewDict(pair("a", int64(1)))},
		{[]string(nil), []any{}},
		{map[string]int(nil), codec.NewDict()},
		{[]byte(nil), []byte{}},
		{id{1, 2}, []byte{1, 2, 0, 0}},
		{[2]string{"a", "b"}, []any{"a", "b"}},
		{[]level{1}, []any{"L1"}},
		{map[[2]int8]bool{{1, 2}: true}, codec.NewDict(pair(codec.Tuple{int64(1), int64(2)}, true))},
		{map[[4]int8]bool{{1, 2}: true}, codec.NewDict(pair(codec.Tuple{int64(1), int64(2), int64(0), int64(0)}, true))},
		{map[id]bool{{1, 2}: true}, codec.NewDict(pair([]byte{1, 2, 0, 0}, true))},
		{map[int]string{2: "b", 1: "a", -1: "c"}, codec.NewDict(pair(int64(-1), "c"), pair(int64(1), "a"), pair(int64(2), "b"))},
		{map[uint8]int{2: 0, 1: 0}, codec.NewDict(pair(int64(1), int64(0)), pair(int64(2), int64(0)))},
		{map[float64]int{2: 0, 0.5: 0}, codec.NewDict(pair(0.5, int64(0)), pair(2.0, int64(0)))},
		{map[string]any{"b": []int{1}, "a": nil}, codec.NewDict(pair("a", nil), pair("b", []any{int64(1)}))},
		{map[level]int{3: 1}, codec.NewDict(pair("L3", int64(1)))},
		{struct {
			B int `json:"b"`
			A any
			c int
		}{1, nil, 0}, codec.NewDict(pair("b", int64(1)), pair("A", nil))},
	} {
		got, err := codecFor(t, codec.Raw).Decode(encoded(t, codec.Raw, c.value))
		require.NoError(t, err)
		assertSame(t, c.want, got)
	}
}
