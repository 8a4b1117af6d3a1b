package codec_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"math/big"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
)

// runPython runs script in one python3 with input as JSON on its standard input,
// and reads JSON from its standard output. Without a python3 it skips the test,
// unless RXPEER_CI is set.
func runPython(t *testing.T, script string, input, output any) {
	t.Helper()
	interpreter, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("RXPEER_CI") != "" {
			t.Fatal("no python3, and RXPEER_CI wants one")
		}
		t.Skip("no python3 to compare with")
	}
	in, err := json.Marshal(input)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), interpreter, "-c", script)
	cmd.Stdin = bytes.NewReader(in)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	require.NoError(t, json.Unmarshal(out, output))
}

// pythonValues are expressions, and what they decode to and encode from.
var pythonValues = []struct {
	expression string
	value      any
}{
	{"None", nil},
	{"True", true},
	{"False", false},
	{"0", int64(0)},
	{"255", int64(255)},
	{"256", int64(256)},
	{"65535", int64(65535)},
	{"65536", int64(65536)},
	{"-1", int64(-1)},
	{"2**31-1", int64(math.MaxInt32)},
	{"2**31", int64(1 << 31)},
	{"-2**31", int64(math.MinInt32)},
	{"-2**31-1", int64(math.MinInt32 - 1)},
	{"2**63-1", int64(math.MaxInt64)},
	{"-2**63", int64(math.MinInt64)},
	{"2**63", bigInt("0x8000000000000000")},
	{"-2**63-1", bigInt("-0x8000000000000001")},
	{"2**64", bigInt("0x10000000000000000")},
	{"-2**71", new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), 71))},
	{"-2**2039", new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), 2039))},
	{"2**2040", new(big.Int).Lsh(big.NewInt(1), 2040)},
	{"3**5000", new(big.Int).Exp(big.NewInt(3), big.NewInt(5000), nil)},
	{"-3**5000", new(big.Int).Neg(new(big.Int).Exp(big.NewInt(3), big.NewInt(5000), nil))},
	{"0.0", 0.0},
	{"-0.0", math.Copysign(0, -1)},
	{"1.0", 1.0},
	{"0.1", 0.1},
	{"1e-5", 1e-5},
	{"0.0001", 0.0001},
	{"1e15", 1e15},
	{"1e16", 1e16},
	{"123456789012345680.0", 123456789012345680.0},
	{"5e-324", 5e-324},
	{"1.7976931348623157e308", math.MaxFloat64},
	{"float('nan')", math.NaN()},
	{"float('inf')", math.Inf(1)},
	{"float('-inf')", math.Inf(-1)},
	{"''", ""},
	{"'text'", "text"},
	{"'a\\n\\\\\\'\"\\r\\t\\b\\f\\x00\\x1a\\x7f\\xe9\\u20ac\\U0001f600'", "a\n\\'\"\r\t\b\f\x00\x1a\x7fé€😀"},
	{"'x' * 255", strings.Repeat("x", 255)},
	{"'x' * 256", strings.Repeat("x", 256)},
	{"'\\u00e9' * 40000", strings.Repeat("é", 40000)},
	{"'\\\\u0041'", `\u0041`},
	{"'lone \\ud800 and \\udfff'", "lone \xed\xa0\x80 and \xed\xbf\xbf"},
	{"[]", []any{}},
	{"[1, 'a', [None]]", []any{int64(1), "a", []any{nil}}},
	{"{}", codec.NewDict()},
	{"{'b': 1, 'a': [True]}", codec.NewDict(codec.Pair{Key: "b", Value: int64(1)}, codec.Pair{Key: "a", Value: []any{true}})},
}

// picklesOnly are what json cannot carry.
var picklesOnly = []struct {
	expression string
	value      any
}{
	{"3**100000", new(big.Int).Exp(big.NewInt(3), big.NewInt(100000), nil)},
	{"b''", []byte{}},
	{"b'a\\xff\\x00\\n'", []byte("a\xff\x00\n")},
	{"b'x' * 256", bytes.Repeat([]byte("x"), 256)},
	{"b'x' * 100000", bytes.Repeat([]byte("x"), 100000)},
	{"bytearray()", codec.ByteArray{}},
	{"bytearray(b'a\\xff')", codec.ByteArray("a\xff")},
	{"()", codec.Tuple{}},
	{"(1,)", codec.Tuple{int64(1)}},
	{"(1, 2)", codec.Tuple{int64(1), int64(2)}},
	{"(1, 2, ())", codec.Tuple{int64(1), int64(2), codec.Tuple{}}},
	{"(1, 2, 3, (4, [5]))", codec.Tuple{int64(1), int64(2), int64(3), codec.Tuple{int64(4), []any{int64(5)}}}},
	{"set()", codec.NewSet()},
	{"{1, 'a', (2, 3)}", codec.NewSet(int64(1), "a", codec.Tuple{int64(2), int64(3)})},
	{"frozenset()", codec.NewFrozenSet()},
	{"frozenset([1, frozenset(['x'])])", codec.NewFrozenSet(int64(1), codec.NewFrozenSet("x"))},
	{"{1: 'a', 1.0: 'b', True: 'c', 2.5: 'd'}", codec.NewDict(
		codec.Pair{Key: int64(1), Value: "c"}, codec.Pair{Key: 2.5, Value: "d"})},
	{"{(1, (2,)): 1, frozenset([1]): 2, None: 3, b'k': 4, 'k': 5, 2**70: 6}", codec.NewDict(
		codec.Pair{Key: codec.Tuple{int64(1), codec.Tuple{int64(2)}}, Value: int64(1)},
		codec.Pair{Key: codec.NewFrozenSet(int64(1)), Value: int64(2)},
		codec.Pair{Key: nil, Value: int64(3)},
		codec.Pair{Key: []byte("k"), Value: int64(4)},
		codec.Pair{Key: "k", Value: int64(5)},
		codec.Pair{Key: new(big.Int).Lsh(big.NewInt(1), 70), Value: int64(6)})},
	{"(lambda s: [s, s])(['s'])", []any{[]any{"s"}, []any{"s"}}},
	{"(lambda r: [r] * 3)({'row': [0] * 3})", []any{row(), row(), row()}},
	{"list(range(2500))", ints(2500)},
	{"complex(1.5, -2)", complex(1.5, -2)},
	{"complex(float('nan'), float('inf'))", complex(math.NaN(), math.Inf(1))},
	{"decimal.Decimal('1.50')", decimal("1.50")},
	{"decimal.Decimal('-1E+10')", decimal("-1E+10")},
	{"decimal.Decimal('NaN')", decimal("NaN")},
	{"decimal.Decimal('-Infinity')", decimal("-Infinity")},
	{"datetime.datetime(2020, 2, 29, 23, 59, 59, 999999)", codec.DateTime{
		Year: 2020, Month: 2, Day: 29, Hour: 23, Minute: 59, Second: 59, Microsecond: 999999}},
	{"datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc)", time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC)},
	{"datetime.datetime(1, 1, 1, 1, 2, 3, 4, tzinfo=datetime.timezone(datetime.timedelta(hours=-3), 'X'))",
		time.Date(1, 1, 1, 1, 2, 3, 4000, time.FixedZone("X", -3*60*60))},
	{"datetime.datetime(9999, 12, 31, tzinfo=datetime.timezone(datetime.timedelta(seconds=3601)))",
		time.Date(9999, 12, 31, 0, 0, 0, 0, time.FixedZone("", 3601))},
	{"datetime.date(1970, 1, 1)", codec.Date{Year: 1970, Month: 1, Day: 1}},
	{"datetime.time(1, 2, 3)", codec.TimeOfDay{Hour: 1, Minute: 2, Second: 3}},
	{"datetime.time(1, 2, 3, 4, tzinfo=datetime.timezone.utc)", codec.TimeOfDay{
		Hour: 1, Minute: 2, Second: 3, Microsecond: 4, Zone: &codec.TimeZone{}}},
	{"datetime.timedelta()", time.Duration(0)},
	{"datetime.timedelta(microseconds=-1)", -time.Microsecond},
	{"datetime.timedelta(days=-100000, seconds=5, microseconds=7)", -2400000*time.Hour + 5*time.Second + 7*time.Microsecond},
	{"datetime.timezone.utc", codec.TimeZone{}},
	{"datetime.timezone(datetime.timedelta(microseconds=-7), 'odd')", codec.TimeZone{Offset: -7 * time.Microsecond, Name: "odd"}},
}

func row() *codec.Dict {
	return codec.NewDict(codec.Pair{Key: "row", Value: []any{int64(0), int64(0), int64(0)}})
}

func ints(n int) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = int64(i)
	}
	return list
}

func decimal(text string) codec.Decimal {
	d, err := codec.ParseDecimal(text)
	if err != nil {
		panic(err)
	}
	return d
}

// A sample goes to Python as an expression and, where there is one, as a body.
type sample struct {
	Expression string
	Body       []byte
}

func TestPythonReadsEqualValuesFromGo(t *testing.T) {
	const script = `
import base64, datetime, decimal, json, pickle, sys
def same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, (int, set, frozenset)):
        return a == b
    return repr(a) == repr(b)
wrong = []
for s in json.load(sys.stdin):
    want, body = eval(s["Expression"]), base64.b64decode(s["Body"])
    got = json.loads(body.decode())["data"] if body[:1] == b"{" else pickle.loads(body)
    if not same(want, got):
        wrong.append("want %.200r\ngot  %.200r" % (want, got))
    elif body[:1] == b"{" and body.decode() != json.dumps({"data": want}):
        wrong.append("want %.200s\ngot  %.200s" % (json.dumps({"data": want}), body.decode()))
print(json.dumps(wrong))
`
	var samples []sample
	for _, v := range pythonValues {
		samples = append(samples, sample{v.expression, encoded(t, codec.Raw, v.value)})
		samples = append(samples, sample{v.expression, encoded(t, codec.JSON, v.value)})
	}
	for _, v := range picklesOnly {
		samples = append(samples, sample{v.expression, encoded(t, codec.Raw, v.value)})
	}
	var wrong []string
	runPython(t, script, samples, &wrong)
	for _, message := range wrong {
		t.Error(message)
	}
}

func TestGoReadsEqualValuesFromPython(t *testing.T) {
	const script = `
import base64, datetime, decimal, json, pickle, sys
bodies = []
for e in json.load(sys.stdin):
    v = eval(e)
    of = [pickle.dumps(v, protocol) for protocol in range(6)]
    try:
        of += [json.dumps({"data": v}).encode(), json.dumps({"x": [{}], "data": v}, indent=2).encode()]
        "".join(json.dumps(v, ensure_ascii=False)).encode()
        of.append(json.dumps({"data": v}, ensure_ascii=False).encode())
    except (TypeError, UnicodeEncodeError):
        pass
    bodies.append([base64.b64encode(b).decode() for b in of])
print(json.dumps(bodies))
`
	values := append(pythonValues[:len(pythonValues):len(pythonValues)], picklesOnly[1:]...) // the first is too long in decimal
	var expressions []string
	for _, v := range values {
		expressions = append(expressions, v.expression)
	}
	var bodies [][][]byte
	runPython(t, script, expressions, &bodies)
	require.Len(t, bodies, len(values))
	for i, v := range values {
		for protocol, body := range bodies[i] {
			dataType, want := codec.Raw, v.value
			if protocol > 5 {
				if i >= len(pythonValues) {
					continue // what json makes of tuples and keys is another matter
				}
				dataType, want = codec.JSON, jsonForm(v.value)
			}
			got, err := codecFor(t, dataType).Decode(body)
			if assert.NoError(t, err, "%s, protocol %d: %q", v.expression, protocol, body) {
				assertSame(t, want, got)
			}
		}
	}
}

// jsonForm is v with dicts as json decodes them.
func jsonForm(v any) any {
	if d, ok := v.(*codec.Dict); ok {
		m := map[string]any{}
		for k, v := range d.All() {
			m[k.(string)] = v
		}
		return m
	}
	return v
}

func TestValuesComeBackFromPythonAsTheyWent(t *testing.T) {
	const script = `
import base64, json, pickle, sys
sys.setrecursionlimit(10000)
json.dump([
    [base64.b64encode(pickle.dumps(pickle.loads(base64.b64decode(b)), protocol)).decode() for protocol in range(6)]
    for b in json.load(sys.stdin)], sys.stdout)
`
	values := plainValues()
	var went [][]byte
	for i := range 300 {
		went = append(went, encoded(t, codec.Raw, values.Example(i)))
	}
	var came [][][]byte
	runPython(t, script, went, &came)
	require.Len(t, came, len(went))
	for i := range went {
		for protocol, body := range came[i] {
			got, err := codecFor(t, codec.Raw).Decode(body)
			if !assert.NoError(t, err, "protocol %d: %s", protocol, base64.StdEncoding.EncodeToString(body)) {
				continue
			}
			assertSame(t, values.Example(i), got)
		}
	}
}
