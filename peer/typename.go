package peer

import (
	"reflect"
	"strings"
)

// TypeName returns the name by which the two sides of a stream compare what type
// its values have: that of T without its package, so that each program may
// define the type for itself. Pointers count as what they point to. Types that
// accept everything (any, [View]) have no name, and fit every other one.
//
// [ExposeOptions].Type and its kin say another name, for types that are called
// differently, or are compatible though they are not the same.
func TypeName[T any]() string { return typeName(reflect.TypeFor[T]()) }

func typeName(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[View](), t.Kind() == reflect.Interface && t.NumMethod() == 0 && t.Name() == "":
		return ""
	case t.Name() != "":
		return withoutPackages(t.Name())
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.Slice:
		return "[]" + orAny(typeName(t.Elem()))
	case reflect.Array:
		return withoutPackages(t.String()[:strings.IndexByte(t.String(), ']')+1]) + orAny(typeName(t.Elem()))
	case reflect.Map:
		return "map[" + orAny(typeName(t.Key())) + "]" + orAny(typeName(t.Elem()))
	}
	return withoutPackages(t.String()) // such as a struct without a name
}

func orAny(name string) string {
	if name == "" {
		return "any"
	}
	return name
}

// withoutPackages removes what qualifies names within a name, as of type
// arguments.
func withoutPackages(name string) string {
	var b strings.Builder
	start := 0 // of the word that may be a qualified name
	for i, r := range name {
		switch {
		case r == '.':
			start = i + 1
		case strings.ContainsRune("[]{}(),;* ", r):
			b.WriteString(name[start : i+1])
			start = i + 1
		}
	}
	b.WriteString(name[start:])
	return b.String()
}

// fits reports whether two names of types can be those of the same values.
func fits(a, b string) bool { return a == "" || b == "" || a == b }
