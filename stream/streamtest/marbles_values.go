package streamtest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

// meaning tells the values of type T that the names in a diagram stand for.
type meaning[T any] struct {
	values map[string]T
}

func newMeaning[T any](values []map[string]T) meaning[T] {
	m := meaning[T]{map[string]T{}}
	for _, some := range values {
		maps.Copy(m.values, some)
	}
	return m
}

// of returns the value that a mark stands for.
func (m meaning[T]) of(k mark) (v T, err error) {
	if v, ok := m.values[k.name]; ok {
		return v, nil
	}
	if err := assume(reflect.ValueOf(&v).Elem(), k); err != nil {
		return v, err
	}
	return v, nil
}

// assume sets v to what k stands for when nobody has said it.
func assume(v reflect.Value, k mark) error {
	typ := v.Type()
	unknown := fmt.Errorf("%s stands for no %v: say for which, in a map[string]%v", k.name, typ, typ)
	if k.parts != nil {
		if typ.Kind() != reflect.Slice {
			return unknown
		}
		v.Set(reflect.MakeSlice(typ, len(k.parts), len(k.parts)))
		for i, part := range k.parts {
			if err := assume(v.Index(i), mark{name: part}); err != nil {
				return err
			}
		}
		return nil
	}
	isDigit := len(k.name) == 1 && k.name[0] >= '0' && k.name[0] <= '9'
	digit := strings.Index("0123456789", k.name)
	switch {
	case typ.Kind() == reflect.String:
		v.SetString(k.name)
	case typ.Kind() == reflect.Interface && typ.NumMethod() == 0:
		v.Set(reflect.ValueOf(k.name))
	case !isDigit:
		return unknown
	case v.CanInt():
		v.SetInt(int64(digit))
	case v.CanUint():
		v.SetUint(uint64(digit))
	case v.CanFloat():
		v.SetFloat(float64(digit))
	default:
		return unknown
	}
	return nil
}

// legend finds names for values that have come, to draw them.
type legend[T any] struct {
	meaning[T]
	names []string // of values, in a fixed order
	lines []string // what the names mean that do not speak for themselves
	next  rune     // the next letter to use
}

// newLegend returns a legend that begins with what a diagram uses.
func newLegend[T any](m meaning[T], d diagram) *legend[T] {
	l := &legend[T]{meaning: newMeaning([]map[string]T{m.values}), next: 'A'}
	for _, k := range d.marks {
		if k.what != value {
			continue
		}
		v, _ := m.of(k)
		if _, ok := m.values[k.name]; !ok {
			l.values[k.name] = v
		} else if line := l.line(k.name, v); !slices.Contains(l.lines, line) {
			l.lines = append(l.lines, line)
		}
	}
	l.names = slices.Sorted(maps.Keys(l.values))
	return l
}

// name returns the name of v: the one that it has, the one that everybody
// would understand, or a new letter.
func (l *legend[T]) name(v T) string {
	for _, name := range l.names {
		if assert.ObjectsAreEqual(l.values[name], v) {
			if line := l.line(name, v); l.isNew(name, v) && !slices.Contains(l.lines, line) {
				l.lines = append(l.lines, line)
			}
			return name
		}
	}
	name := plainName(reflect.ValueOf(&v).Elem())
	if assumed, err := (meaning[T]{}).of(markOf(name)); name == "" || err != nil || !assert.ObjectsAreEqual(assumed, v) || l.known(name) {
		for name = string(l.next); l.known(name); name = string(l.next) {
			l.next++
		}
		l.lines = append(l.lines, l.line(name, v))
	}
	l.values[name] = v
	l.names = append(l.names, name)
	return name
}

// isNew reports whether a name needs an explanation.
func (l *legend[T]) isNew(name string, v T) bool {
	assumed, err := (meaning[T]{}).of(markOf(name))
	return err != nil || !assert.ObjectsAreEqual(assumed, v)
}

func (l *legend[T]) known(name string) bool {
	_, ok := l.values[name]
	return ok
}

func (*legend[T]) line(name string, v T) string {
	text := fmt.Sprintf("%+v", v)
	if s, ok := any(v).(string); ok {
		text = fmt.Sprintf("%q", s)
	}
	return name + " = " + text
}

// markOf returns the mark of a value with that name.
func markOf(name string) mark {
	k := mark{name: name}
	if inner, ok := strings.CutPrefix(name, "["); ok {
		k.parts = strings.Split(strings.TrimSuffix(inner, "]"), "")
	}
	return k
}

// plainName returns how v looks in a diagram, "" if it cannot stand there.
func plainName(v reflect.Value) string {
	if v.Kind() == reflect.Slice {
		var inner strings.Builder
		for i := range v.Len() {
			part := plainName(v.Index(i))
			if utf8.RuneCountInString(part) != 1 {
				return ""
			}
			inner.WriteString(part)
		}
		return "[" + inner.String() + "]"
	}
	text := fmt.Sprint(v)
	if p, err := read(text); err != nil || len(p.marks) != 1 || p.marks[0].what != value || p.marks[0].name != text {
		return ""
	}
	return text
}
