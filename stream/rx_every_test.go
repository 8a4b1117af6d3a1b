package stream_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/reactivex/rxgo/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testedAlone are the methods of rxgo.Observable that rxMethods does not have,
// and a test that uses each.
var testedAlone = map[string]string{
	"Connect":               "TestOptionsAreHonouredOrIgnoredAsDocumented",
	"DoOnCompleted":         "TestRxMethodsThatObserveAtOnce",
	"DoOnError":             "TestRxMethodsThatObserveAtOnce",
	"DoOnNext":              "TestRxMethodsThatObserveAtOnce",
	"Error":                 "TestRxMethodsThatObserveAtOnce",
	"Errors":                "TestRxMethodsThatObserveAtOnce",
	"ForEach":               "TestRxMethodsThatObserveAtOnce",
	"GroupBy":               "TestGroupsGetTheirValuesAndEndWithTheSource",
	"GroupByDynamic":        "TestGroupsGetTheirValuesAndEndWithTheSource",
	"Observe":               "TestObserveAttachesBeforeItReturns",
	"Run":                   "TestRxMethodsThatObserveAtOnce",
	"Send":                  "TestRxMethodsThatObserveAtOnce",
	"ToSlice":               "TestRxMethodsThatObserveAtOnce",
	"WindowWithCount":       "TestBuffersAndWindowsDivideTimeAndValues",
	"WindowWithTime":        "TestBuffersAndWindowsDivideTimeAndValues",
	"WindowWithTimeOrCount": "TestBuffersAndWindowsDivideTimeAndValues",
}

func TestEveryMethodOfRxGoHasATest(t *testing.T) {
	uses := usesInTests(t)
	tested := map[string]bool{}
	for _, m := range rxMethods() {
		assert.True(t, uses["rxMethods"][m.name], "%s is not called by what is named after it", m.name)
		tested[m.name] = true
	}
	for name, test := range testedAlone {
		assert.True(t, uses[test][name], "%s does not call %s", test, name)
		tested[name] = true
	}
	all := reflect.TypeFor[rxgo.Observable]()
	assert.Equal(t, 75, all.NumMethod())
	for i := range all.NumMethod() {
		assert.True(t, tested[all.Method(i).Name], "no test of %s", all.Method(i).Name)
	}
	assert.Len(t, tested, all.NumMethod())
}

// usesInTests returns the methods that each function in the tests calls.
func usesInTests(t *testing.T) map[string]map[string]bool {
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	uses := map[string]map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			names := map[string]bool{}
			ast.Inspect(f, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok {
					names[s.Sel.Name] = true
				}
				return true
			})
			uses[f.Name.Name] = names
		}
	}
	return uses
}
