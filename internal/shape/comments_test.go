package shape

import (
	"go/ast"
	"go/token"
	"strings"
)

// checkPackageComments finds packages that do not say what they are.
func checkPackageComments(m *module) (found []string) {
	dirs, files := m.packages()
	for _, dir := range dirs {
		documented := false
		for _, s := range files[dir] {
			documented = documented || !s.test && s.syntax.Doc != nil && saysPackage(s)
		}
		if !documented {
			found = append(found, m.at(files[dir][0].syntax.Package, "package %s has no comment that says what it is", dir))
		}
	}
	return found
}

// saysPackage reports whether the package comment begins as it should: with
// the package's name; a program's, with anything.
func saysPackage(s *source) bool {
	return s.program() || strings.HasPrefix(s.syntax.Doc.Text(), "Package "+s.syntax.Name.Name+" ")
}

// checkComments finds exported names without a doc comment that begins with
// the name: functions, types, methods of exported types and of exported
// interfaces, and fields of exported option structs. A group of constants or
// variables may have one comment for all.
func checkComments(m *module) (found []string) {
	for _, s := range m.sources {
		if s.test {
			continue
		}
		for _, decl := range s.syntax.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if decl.Name.IsExported() && exportedReceiver(decl) {
					found = append(found, m.comment(decl.Name, decl.Doc)...)
				}
			case *ast.GenDecl:
				found = append(found, m.groupComments(decl)...)
			}
		}
	}
	return found
}

// groupComments checks one declaration of types, constants or variables.
func (m *module) groupComments(decl *ast.GenDecl) (found []string) {
	for _, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if !spec.Name.IsExported() {
				continue
			}
			doc := spec.Doc
			if doc == nil && !decl.Lparen.IsValid() {
				doc = decl.Doc
			}
			found = append(found, m.comment(spec.Name, doc)...)
			found = append(found, m.memberComments(spec)...)
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				if name.IsExported() && decl.Doc == nil && spec.Doc == nil && spec.Comment == nil {
					found = append(found, m.at(name.Pos(), "%s has no doc comment", name.Name))
				}
			}
		}
	}
	return found
}

// memberComments checks the methods of an interface and the fields of a struct
// of options.
func (m *module) memberComments(spec *ast.TypeSpec) (found []string) {
	var members *ast.FieldList
	switch typ := spec.Type.(type) {
	case *ast.InterfaceType:
		members = typ.Methods
	case *ast.StructType:
		if strings.HasSuffix(spec.Name.Name, "Options") {
			members = typ.Fields
		}
	}
	if members == nil {
		return nil
	}
	for _, member := range members.List {
		for _, name := range member.Names {
			if name.IsExported() && member.Doc == nil && member.Comment == nil {
				found = append(found, m.at(name.Pos(), "%s.%s has no doc comment", spec.Name.Name, name.Name))
			}
		}
	}
	return found
}

// comment checks the doc comment of one name.
func (m *module) comment(name *ast.Ident, doc *ast.CommentGroup) []string {
	if doc == nil || strings.TrimSpace(doc.Text()) == "" {
		return []string{m.at(name.Pos(), "%s has no doc comment", name.Name)}
	}
	text := doc.Text()
	for _, article := range []string{"A ", "An ", "The "} {
		text = strings.TrimPrefix(text, article)
	}
	if rest, ok := strings.CutPrefix(text, name.Name); !ok || rest == "" || token.IsIdentifier("x"+rest[:1]) {
		return []string{m.at(name.Pos(), "the doc comment of %s does not begin with its name", name.Name)}
	}
	return nil
}

// exportedReceiver reports whether decl is a function, or a method of an
// exported type.
func exportedReceiver(decl *ast.FuncDecl) bool {
	if decl.Recv == nil {
		return true
	}
	typ := decl.Recv.List[0].Type
	for {
		switch t := typ.(type) {
		case *ast.StarExpr:
			typ = t.X
		case *ast.ParenExpr:
			typ = t.X
		case *ast.IndexExpr:
			typ = t.X
		case *ast.IndexListExpr:
			typ = t.X
		case *ast.Ident:
			return t.IsExported()
		default:
			return true
		}
	}
}
