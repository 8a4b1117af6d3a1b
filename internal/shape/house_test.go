package shape

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
)

// wall is the most lines that a file written by hand may have.
const wall = 400

// checkLength finds files beyond the wall.
func checkLength(m *module) (found []string) {
	for _, s := range m.sources {
		if n := s.lines(); n > wall && !s.generated {
			found = append(found, fmt.Sprintf("%s:%d: longer than %d lines: one idea a file", s.name, n, wall))
		}
	}
	return found
}

// openWork matches the words that mark work left open. They are put together
// here so that this file is not found.
var openWork = regexp.MustCompile(`\b(` + "TO" + "DO|FIX" + "ME|X" + `XX)\b`)

// checkWords finds marks of work left open, in code and in prose.
func checkWords(m *module) (found []string) {
	for _, t := range m.texts {
		for _, at := range openWork.FindAllIndex(t.body, -1) {
			line := 1 + bytes.Count(t.body[:at[0]], []byte("\n"))
			found = append(found, fmt.Sprintf("%s:%d: %s: nothing is left open", t.name, line, t.body[at[0]:at[1]]))
		}
	}
	return found
}

// checkInit finds init functions: importing a package does nothing.
func checkInit(m *module) (found []string) {
	for _, s := range m.sources {
		if s.test {
			continue
		}
		for _, decl := range s.syntax.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				found = append(found, m.at(f.Pos(), "init: importing a package does nothing here"))
			}
		}
	}
	return found
}

// loud are the functions and variables that a library has no business with:
// they write to the terminal, to somebody's default logger, or end the
// program. nil stands for all of the package.
var loud = map[string][]string{
	"fmt": {"Print", "Printf", "Println"},
	"os":  {"Stdout", "Stderr", "Exit"},
	"log": nil,
	"log/slog": {"Default", "SetDefault", "Log", "LogAttrs", "Debug", "DebugContext", "Info", "InfoContext",
		"Warn", "WarnContext", "Error", "ErrorContext"},
}

// asked are files whose purpose is to log, where they are asked to.
var asked = []string{"operators/log.go"}

// checkSilence finds libraries that talk to the terminal.
func checkSilence(m *module) (found []string) {
	for _, s := range m.sources {
		if s.test || s.helper() || s.program() || slices.Contains(asked, s.name) {
			continue
		}
		s.uses(func(pkg, name string, pos token.Pos) {
			if names, ok := loud[pkg]; ok && (names == nil || slices.Contains(names, name)) {
				found = append(found, m.at(pos, "%s.%s: a library is silent", pkg, name))
			}
		})
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if f, ok := call.Fun.(*ast.Ident); ok && (f.Name == "print" || f.Name == "println") {
					found = append(found, m.at(call.Pos(), "%s: a library is silent", f.Name))
				}
			}
			return true
		})
	}
	return found
}

// checkSleep finds tests that wait in real time.
func checkSleep(m *module) (found []string) {
	for _, s := range m.sources {
		if imports := s.imports(); !s.test || imports["synctest"] != "" {
			continue
		}
		s.uses(func(pkg, name string, pos token.Pos) {
			if pkg == "time" && name == "Sleep" {
				found = append(found, m.at(pos, "time.Sleep outside of testing/synctest"))
			}
		})
	}
	return found
}

// checkLeaks finds libraries that start goroutines and whose tests do not look
// for those that stay.
func checkLeaks(m *module) (found []string) {
	dirs, files := m.packages()
	for _, dir := range dirs {
		start, guarded := token.NoPos, false
		for _, s := range files[dir] {
			if s.test {
				s.uses(func(pkg, name string, _ token.Pos) {
					guarded = guarded || pkg == "go.uber.org/goleak" && name == "VerifyTestMain"
				})
				continue
			}
			if pos := firstGoroutine(s.syntax); pos.IsValid() && !s.program() && !s.helper() {
				start = pos
			}
		}
		if start.IsValid() && !guarded {
			found = append(found, m.at(start, "package %s starts goroutines; its TestMain must call goleak.VerifyTestMain", dir))
		}
	}
	return found
}

// firstGoroutine returns where the file first starts a goroutine: a go
// statement, or a call of a method named Go, as a WaitGroup has.
func firstGoroutine(file *ast.File) (pos token.Pos) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			pos = min(orLast(pos), n.Pos())
		case *ast.CallExpr:
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Go" {
				pos = min(orLast(pos), n.Pos())
			}
		}
		return true
	})
	return pos
}

// orLast returns pos, or what is greater than every position.
func orLast(pos token.Pos) token.Pos {
	if pos.IsValid() {
		return pos
	}
	return 1 << 30
}
