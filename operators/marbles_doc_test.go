package operators_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// drawing is what the doc comment of an operator draws.
type drawing struct {
	lines   map[string]string // a diagram by what stands before it
	legends map[string]string // what stands behind it
}

// drawings returns what the doc comments of this package draw, by operator.
func drawings(t *testing.T) map[string]drawing {
	t.Helper()
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	all := map[string]drawing{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, parser.ParseComments|parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.IsExported() {
				if d := drawn(f.Doc.Text()); len(d.lines) > 0 {
					all[f.Name.Name] = d
				}
			}
		}
	}
	return all
}

var drawnLine = regexp.MustCompile(`^\t([\w ]+(?:\([^)]*\))*): +(\S.*)$`)

// drawn returns the diagrams in a doc comment.
func drawn(doc string) drawing {
	d := drawing{map[string]string{}, map[string]string{}}
	for line := range strings.Lines(doc) {
		m := drawnLine.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil || !strings.ContainsAny(m[2], "-|#") {
			continue
		}
		diagram, legend, _ := strings.Cut(m[2], "  ")
		d.lines[m[1]], d.legends[m[1]] = diagram, strings.TrimSpace(legend)
	}
	return d
}

// page is the test of what one operator's doc comment draws.
type page struct {
	*testing.T
	*streamtest.Marbles
	drawing
}

// line returns the diagram that begins with a label.
func (p *page) line(label string) string {
	diagram, ok := p.lines[label]
	if !ok {
		p.Fatalf("the doc comment has no %q", label)
	}
	return diagram
}

// cold and hot return the source that is drawn behind a label.
func (p *page) cold(label string) stream.Observable[string] {
	return streamtest.Cold[string](p.Marbles, p.line(label))
}

func (p *page) hot(label string) stream.Observable[string] {
	return streamtest.Hot[string](p.Marbles, p.line(label))
}

// numbers is cold, as numbers.
func (p *page) numbers(label string) ints {
	return streamtest.Cold[int](p.Marbles, p.line(label))
}

var (
	inLegend  = regexp.MustCompile(`(?:^|, )(\S) = `)
	inBracket = regexp.MustCompile(`\[[^\]]*\]`)
)

// expectation is one whose diagram is drawn in a doc comment.
type expectation struct {
	*streamtest.Expectation[string]
	diagram string
	names   map[string]string
}

// expect returns the expectation that o does what is drawn behind a label,
// where values have the names that they look like, or that the legend says.
func expect[T any](p *page, o stream.Observable[T], label string) expectation {
	p.Helper()
	e := expectation{streamtest.Expect(p.Marbles, shown(o)), p.line(label), map[string]string{}}
	legend := p.legends[label]
	at := inLegend.FindAllStringSubmatchIndex(legend, -1)
	for i, m := range at {
		end := len(legend)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		e.names[legend[m[2]:m[3]]] = legend[m[1]:end]
	}
	for _, b := range inBracket.FindAllString(e.diagram, -1) {
		parts := strings.Split(strings.ReplaceAll(strings.Trim(b, "[]"), " ", ""), "")
		e.names["["+strings.Join(parts, "")+"]"] = "[" + strings.Join(parts, " ") + "]"
	}
	return e
}

// holds is the last thing to call.
func (e expectation) holds() { e.ToBe(e.diagram, e.names) }

// draws expects of o what is drawn behind a label.
func draws[T any](p *page, o stream.Observable[T], label string) {
	p.Helper()
	expect(p, o, label).holds()
}

// drawsFailure is draws of what ends with a failure that is not the source's.
func drawsFailure[T any](p *page, o stream.Observable[T], label string, err error) {
	p.Helper()
	e := expect(p, o, label)
	e.FailingWith(err)
	e.holds()
}
