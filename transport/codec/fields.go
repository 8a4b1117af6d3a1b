package codec

import (
	"encoding"
	"encoding/json"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
)

var (
	anyType       = reflect.TypeFor[any]()
	bigIntType    = reflect.TypeFor[big.Int]()
	timeType      = reflect.TypeFor[time.Time]()
	numberType    = reflect.TypeFor[json.Number]()
	marshaler     = reflect.TypeFor[json.Marshaler]()
	unmarshaler   = reflect.TypeFor[json.Unmarshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
	textReader    = reflect.TypeFor[encoding.TextUnmarshaler]()
	zeroer        = reflect.TypeFor[interface{ IsZero() bool }]()
)

// A typeInfo is what encoding and decoding need to know about a Go type. What it
// says of methods holds for addressable values: those of *T count.
type typeInfo struct {
	ownValue bool // a type whose values encode themselves here: big.Int, Dict, Date …

	writesJSON, writesText bool
	readsJSON, readsText   bool

	fields []field        // of a struct, in the order in which they are written
	byName map[string]int // their index by name
	byFold map[string]int // and by lower-cased name
}

// A field is one that encoding/json would see: exported, promoted from embedded
// structs, named by its tag.
type field struct {
	name      string
	index     []int
	tagged    bool
	omitEmpty bool
	omitZero  bool
	isZero    bool // the type has a method IsZero
	quoted    bool // the tag says ",string"
}

// infos remembers what infoOf found.
var infos sync.Map // reflect.Type → *typeInfo

func infoOf(t reflect.Type) *typeInfo {
	if known, ok := infos.Load(t); ok {
		return known.(*typeInfo)
	}
	p := reflect.PointerTo(t)
	info := &typeInfo{
		writesJSON: p.Implements(marshaler),
		writesText: p.Implements(textMarshaler),
		readsJSON:  p.Implements(unmarshaler),
		readsText:  p.Implements(textReader),
	}
	switch t {
	case bigIntType, timeType, numberType, reflect.TypeFor[time.Duration](), reflect.TypeFor[Dict](), reflect.TypeFor[Set](),
		reflect.TypeFor[Decimal](), reflect.TypeFor[DateTime](), reflect.TypeFor[Date](),
		reflect.TypeFor[TimeOfDay](), reflect.TypeFor[TimeZone](), reflect.TypeFor[Tuple](), reflect.TypeFor[ByteArray]():
		info.ownValue = true
	}
	if t.Kind() == reflect.Struct {
		info.setFields(visibleFields(t))
	}
	known, _ := infos.LoadOrStore(t, info)
	return known.(*typeInfo)
}

func (i *typeInfo) setFields(fields []field) {
	i.fields = fields
	i.byName = make(map[string]int, len(fields))
	i.byFold = make(map[string]int, len(fields))
	for n, f := range slices.Backward(fields) {
		i.byName[f.name] = n
		i.byFold[strings.ToLower(f.name)] = n
	}
}

// fieldFor returns the field that a key is for: of that name, or else the first
// that differs in case alone; nil if there is none.
func (i *typeInfo) fieldFor(key []byte) *field {
	n, ok := i.byName[string(key)]
	if !ok {
		if n, ok = i.byFold[strings.ToLower(string(key))]; !ok {
			return nil
		}
	}
	return &i.fields[n]
}

// visibleFields finds the fields of t as encoding/json does: of those with one
// name the least deep wins, then the tagged one; if that leaves two, none does.
func visibleFields(t reflect.Type) []field {
	var found []field
	collectFields(t, nil, nil, &found)
	slices.SortStableFunc(found, func(a, b field) int {
		switch {
		case a.name != b.name:
			return strings.Compare(a.name, b.name)
		case len(a.index) != len(b.index):
			return len(a.index) - len(b.index)
		case a.tagged != b.tagged && a.tagged:
			return -1
		case a.tagged != b.tagged:
			return 1
		}
		return 0
	})
	var visible []field
	for i := 0; i < len(found); {
		same := i + 1
		for same < len(found) && found[same].name == found[i].name {
			same++
		}
		first := found[i]
		if same == i+1 || len(found[i+1].index) != len(first.index) || found[i+1].tagged != first.tagged {
			visible = append(visible, first)
		}
		i = same
	}
	slices.SortFunc(visible, func(a, b field) int { return slices.Compare(a.index, b.index) })
	return visible
}

// collectFields appends the fields of t and of the structs embedded in it. open
// holds the structs around t, which may embed each other through pointers.
func collectFields(t reflect.Type, index []int, open []reflect.Type, found *[]field) {
	if slices.Contains(open, t) {
		return
	}
	open = append(slices.Clip(open), t)
	for i := range t.NumField() {
		sf := t.Field(i)
		tag := sf.Tag.Get("json")
		if tag == "-" {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		here := append(slices.Clip(index), i)
		if sf.Anonymous && name == "" {
			inner := sf.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct {
				collectFields(inner, here, open, found)
				continue
			}
		}
		if !sf.IsExported() {
			continue
		}
		f := field{name: name, index: here, tagged: name != ""}
		if name == "" {
			f.name = sf.Name
		}
		f.isZero = sf.Type.Implements(zeroer)
		for option := range strings.SplitSeq(options, ",") {
			switch option {
			case "omitempty":
				f.omitEmpty = true
			case "omitzero":
				f.omitZero = true
			case "string":
				f.quoted = quotable(sf.Type)
			}
		}
		*found = append(*found, f)
	}
}

// quotable reports whether ",string" means anything for t.
func quotable(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch k := t.Kind(); k {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64:
		return true
	default:
		return k >= reflect.Int && k <= reflect.Uintptr
	}
}

// in returns the field's value in v, and false if it is to be left out: by its
// tag, or because an embedded pointer on the way is nil.
func (f *field) in(v reflect.Value) (reflect.Value, bool) {
	for i, n := range f.index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return v, false
			}
			v = v.Elem()
		}
		v = v.Field(n)
	}
	return v, !(f.omitEmpty && isEmpty(v)) && !(f.omitZero && f.zero(v))
}

// of returns the field in v, which is settable, and allocates embedded structs on
// the way; false if it cannot.
func (f *field) of(v reflect.Value) (reflect.Value, bool) {
	for i, n := range f.index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				if !v.CanSet() {
					return v, false
				}
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(n)
	}
	return v, true
}

// embeddedNil is why field.of may fail.
const embeddedNil = "an embedded pointer to an unexported struct is nil"

func (f *field) zero(v reflect.Value) bool {
	if f.isZero && (v.Kind() != reflect.Pointer && v.Kind() != reflect.Interface || !v.IsNil()) {
		return v.Interface().(interface{ IsZero() bool }).IsZero()
	}
	return v.IsZero()
}

// isEmpty is what omitempty means: nothing in it, or zero for scalars.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}
