package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/doc"
	"go/format"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// catalog is all that is told about the operators.
type catalog struct {
	operators map[string]*operator
	groups    []group
}

// group is some operators that belong together, in the order of the table.
type group struct {
	title string
	rows  []row
}

// row is a row of the table: an operator, or a way to use one.
type row struct {
	name  string // may say more than the operator's name: "Batch, timed"
	cells []string
}

// operator returns the name of the operator that r is about.
func (r row) operator() string {
	name, _, _ := strings.Cut(r.name, ",")
	return name
}

// operator is a function of the package that takes or makes Observables.
type operator struct {
	name, synopsis, signature, diagram string
	elsewhere                          []string // its names in other libraries, as libraries lists them
	example                            bool
}

// libraries are those whose names are told, in the order of the line that
// tells them.
var libraries = []string{"RxGo", "RxJS", "samber/ro"}

// names matches the last line of an operator's documentation.
var names = regexp.MustCompile(`(?m)^RxGo: (.+)\. RxJS: (.+)\. samber/ro: (.+)\.$`)

// load reads the package in dir.
func load(dir string) (*catalog, error) {
	fset := token.NewFileSet()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, path := range paths {
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	p, err := doc.NewFromFiles(fset, files, "github.com/rxpeer/rxpeer/operators")
	if err != nil {
		return nil, err
	}
	c := &catalog{operators: map[string]*operator{}}
	functions := p.Funcs
	for _, t := range p.Types {
		functions = append(functions, t.Funcs...)
	}
	for _, f := range functions {
		if !isOperator(f.Decl) {
			continue
		}
		c.operators[f.Name] = &operator{
			name: f.Name, synopsis: p.Synopsis(f.Doc), signature: signature(fset, f.Decl), diagram: diagram(f.Doc),
			elsewhere: names.FindStringSubmatch(f.Doc), example: len(f.Examples) > 0,
		}
	}
	c.groups = table(p.Doc)
	return c, nil
}

// isOperator reports whether f takes an Observable, or returns one.
func isOperator(f *ast.FuncDecl) bool {
	found := false
	ast.Inspect(f.Type, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		found = found || ok && (selector.Sel.Name == "Observable")
		return !found
	})
	return found
}

func signature(fset *token.FileSet, f *ast.FuncDecl) string {
	bare := *f
	bare.Doc, bare.Body = nil, nil
	var b strings.Builder
	if err := format.Node(&b, fset, &bare); err != nil {
		panic(err) // it was parsed
	}
	return b.String()
}

// diagram returns the first block of code of a doc comment.
func diagram(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		code, ok := strings.CutPrefix(line, "\t")
		switch {
		case ok:
			lines = append(lines, code)
		case len(lines) > 0:
			return strings.Join(lines, "")
		}
	}
	return strings.Join(lines, "")
}

var columns = regexp.MustCompile(` {2,}`)

// table reads the table of the package's documentation: a line with one column
// begins a group.
func table(text string) (groups []group) {
	_, text, _ = strings.Cut(text, "# At a glance")
	text, _, _ = strings.Cut(text, "\n# ")
	for line := range strings.Lines(text) {
		line, ok := strings.CutPrefix(line, "\t")
		if !ok {
			continue
		}
		cells := columns.Split(strings.TrimSpace(line), -1)
		switch {
		case cells[0] == "" || cells[0] == "operator":
		case len(cells) == 1:
			groups = append(groups, group{title: cells[0]})
		case len(groups) > 0:
			last := &groups[len(groups)-1]
			last.rows = append(last.rows, row{cells[0], cells[1:]})
		}
	}
	return groups
}

// width is how many columns the table has besides the operator.
const width = 4

// check returns what is missing.
func (c *catalog) check() error {
	var errs []error
	complain := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	told := map[string]bool{}
	for _, g := range c.groups {
		for _, r := range g.rows {
			if len(r.cells) != width {
				complain("the table has %d columns for %s, want %d", len(r.cells), r.name, width)
			}
			if c.operators[r.operator()] == nil {
				complain("the table has %s, which does not exist", r.operator())
			}
			told[r.operator()] = true
		}
	}
	for _, name := range c.sorted() {
		o := c.operators[name]
		if !told[name] {
			complain("%s is not in the table of the package's documentation", name)
		}
		if o.diagram == "" {
			complain("%s has no diagram in its documentation", name)
		}
		if o.elsewhere == nil {
			complain("the documentation of %s does not end with its names elsewhere (RxGo: …. RxJS: …. samber/ro: ….)", name)
		}
		if !o.example {
			complain("%s has no example", name)
		}
	}
	return errors.Join(errs...)
}

// sorted returns the names of all operators.
func (c *catalog) sorted() (names []string) {
	for name := range c.operators {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
