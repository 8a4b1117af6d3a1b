package shape

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// module is the source of a Go module: every file, whatever its build tags,
// but not what git does not keep, test data and modules within.
type module struct {
	path    string // as go.mod says
	fset    *token.FileSet
	sources []*source
	texts   []*text // every file written by hand, Go or not
}

// source is one Go file.
type source struct {
	*text
	dir       string // of its package, from the module's root; "." is the root
	syntax    *ast.File
	test      bool
	generated bool
}

// text is one file.
type text struct {
	name string // slash-separated, from the module's root
	body []byte
}

// lines returns the number of lines.
func (t *text) lines() int {
	n := bytes.Count(t.body, []byte("\n"))
	if len(t.body) > 0 && t.body[len(t.body)-1] != '\n' {
		n++
	}
	return n
}

// hidden are the directories with a leading dot that belong to the project.
var hidden = []string{".", ".ci"}

// load reads the module in fsys.
func load(fsys fs.FS) (*module, error) {
	mod, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		return nil, err
	}
	m := &module{fset: token.NewFileSet()}
	for line := range strings.Lines(string(mod)) {
		if rest, ok := strings.CutPrefix(line, "module "); ok {
			m.path = strings.TrimSpace(rest)
		}
	}
	if m.path == "" {
		return nil, errors.New("go.mod names no module")
	}
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && foreign(fsys, name):
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		return m.add(fsys, name)
	})
	return m, err
}

// foreign reports whether the directory's files are not ours to judge.
func foreign(fsys fs.FS, dir string) bool {
	if dir == "." {
		return false
	}
	base := path.Base(dir)
	if strings.HasPrefix(base, ".") && !slices.Contains(hidden, base) {
		return true
	}
	_, err := fs.Stat(fsys, path.Join(dir, "go.mod"))
	return err == nil // a module of its own
}

// add reads one file.
func (m *module) add(fsys fs.FS, name string) error {
	data := strings.Contains("/"+name, "/testdata/")
	goFile := path.Ext(name) == ".go" && !data
	if !goFile && !slices.Contains([]string{".md", ".py", ".sh", ".txt", ".mod", ".yaml", ".yml"}, path.Ext(name)) &&
		!strings.HasPrefix(name, ".ci/") {
		return nil
	}
	body, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	t := &text{name: name, body: body}
	m.texts = append(m.texts, t)
	if !goFile {
		return nil
	}
	syntax, err := parser.ParseFile(m.fset, name, body, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	m.sources = append(m.sources, &source{
		text:      t,
		dir:       path.Dir(name),
		syntax:    syntax,
		test:      strings.HasSuffix(name, "_test.go"),
		generated: ast.IsGenerated(syntax),
	})
	return nil
}

// at words a finding about a place in the source.
func (m *module) at(pos token.Pos, format string, args ...any) string {
	p := m.fset.Position(pos)
	return fmt.Sprintf("%s:%d: ", p.Filename, p.Line) + fmt.Sprintf(format, args...)
}

// packages groups the files by directory, in order.
func (m *module) packages() (dirs []string, files map[string][]*source) {
	files = make(map[string][]*source)
	for _, s := range m.sources {
		if files[s.dir] == nil {
			dirs = append(dirs, s.dir)
		}
		files[s.dir] = append(files[s.dir], s)
	}
	return dirs, files
}

// imports returns what the file imports, by the name it uses for it.
func (s *source) imports() map[string]string {
	names := make(map[string]string)
	for _, spec := range s.syntax.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(target)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = target
	}
	return names
}

// uses calls f for every expression of the form package.Name in the file.
func (s *source) uses(f func(pkg, name string, pos token.Pos)) {
	imports := s.imports()
	ast.Inspect(s.syntax, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && imports[x.Name] != "" {
			f(imports[x.Name], sel.Sel.Name, sel.Pos())
		}
		return true
	})
}

// under reports whether dir is top or stands below it.
func under(dir, top string) bool {
	return dir == top || strings.HasPrefix(dir, top+"/")
}

// program reports whether the file belongs to a program, not to a library.
func (s *source) program() bool { return s.syntax.Name.Name == "main" }

// helper reports whether the file's package is made for tests.
func (s *source) helper() bool { return isHelper(s.dir) }
