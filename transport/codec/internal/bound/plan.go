package bound

import (
	"reflect"
	"strings"
	"sync"
)

// Rules are how a library sees Go's types.
type Rules struct {
	// Tag is the struct tag that counts before json's.
	Tag string
	// Fold says that names of fields are compared without regard to case.
	Fold bool
	// Own are interfaces of types that read themselves, and are not looked into.
	Own []reflect.Type

	plans sync.Map // reflect.Type → *Plan
}

// kind is what a Plan expects.
type kind uint8

const (
	opaque  kind = iota // whatever comes is somebody else's
	untyped             // an any
	narrow              // an interface with methods
	closed              // what nobody can write
	signed
	unsigned
	floating
	pointer
	list
	dict
	record
)

// A Plan is what is known of a Go type before a body is looked at.
type Plan struct {
	kind   kind
	name   string // of the type
	bits   int
	size   int
	elem   *Plan
	key    *Plan
	fields map[string]field
	extra  int  // bytes of embedded structs behind pointers
	tuple  bool // a record that may come as a list
	fold   bool

	factor  int  // bytes of memory that a byte of body costs at most
	untyped bool // an any can be reached
}

// Plan returns the plan of t.
func (r *Rules) Plan(t reflect.Type) *Plan {
	if p, is := r.plans.Load(t); is {
		return p.(*Plan)
	}
	b := builder{rules: r, known: make(map[reflect.Type]*Plan)}
	p := b.plan(t)
	top := *p // others below do not see its factor
	top.factor, top.untyped = b.slot+b.own, b.untyped
	known, _ := r.plans.LoadOrStore(t, &top)
	return known.(*Plan)
}

// Untyped reports whether values of the type may hold an any.
func (p *Plan) Untyped() bool { return p.untyped }

// Cheap reports whether a body of that size cannot ask for more memory than the
// limit, whatever it says.
func (p *Plan) Cheap(size int) bool { return size <= limitOf(size)/p.factor }

// builder makes a plan, and finds what is most expensive in it: a place in a
// container, and what a value allocates besides.
type builder struct {
	rules     *Rules
	known     map[reflect.Type]*Plan
	slot, own int
	untyped   bool
}

func (b *builder) plan(t reflect.Type) *Plan {
	if p, is := b.known[t]; is {
		return p
	}
	p := &Plan{name: t.String(), size: int(t.Size())}
	b.known[t] = p
	b.own = max(b.own, anyCost)
	for _, own := range b.rules.Own {
		if t.Implements(own) || reflect.PointerTo(t).Implements(own) {
			return p
		}
	}
	switch t.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		p.kind, p.bits = signed, t.Bits()
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		p.kind, p.bits = unsigned, t.Bits()
	case reflect.Float32, reflect.Float64:
		p.kind = floating
	case reflect.Interface:
		p.kind, b.untyped = untyped, true
		if t.NumMethod() > 0 {
			p.kind = narrow
		}
		b.slot, b.own = max(b.slot, anySize), max(b.own, mapCost(1, 2*anySize))
	case reflect.Pointer:
		p.kind, p.elem = pointer, b.plan(t.Elem())
		b.own = max(b.own, p.elem.size+anyCost)
	case reflect.Slice, reflect.Array:
		p.kind, p.elem = list, b.plan(t.Elem())
		if t.Kind() == reflect.Slice {
			b.slot = max(b.slot, p.elem.size)
		}
	case reflect.Map:
		p.kind, p.key, p.elem = dict, b.plan(t.Key()), b.plan(t.Elem())
		b.own = max(b.own, mapCost(1, p.key.size+p.elem.size))
	case reflect.Struct:
		p.kind, p.fields, p.fold = record, make(map[string]field), b.rules.Fold
		b.record(p, t, 0, false)
		b.own = max(b.own, p.extra)
	}
	return p
}

// record adds the fields of t to p, those of embedded structs behind its own. shut
// says that t is embedded by a pointer that cannot be set.
func (b *builder) record(p *Plan, t reflect.Type, depth int, shut bool) {
	type inside struct {
		t    reflect.Type
		shut bool
	}
	var embedded []inside
	for i := range t.NumField() {
		f := t.Field(i)
		if strings.HasPrefix(f.Name, "_") {
			p.tuple = true // the libraries take options there
		}
		name, named := b.nameOf(f)
		if name == "-" {
			continue
		}
		inner := f.Type
		if f.Anonymous && inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if f.Anonymous && inner.Kind() == reflect.Struct && !named && depth < 16 {
			if inner != f.Type {
				p.extra += int(inner.Size())
			}
			embedded = append(embedded, inside{inner, shut || inner != f.Type && !f.IsExported()})
		}
		if !f.IsExported() {
			continue
		}
		if p.fold {
			name = strings.ToLower(name)
		}
		if _, is := p.fields[name]; !is {
			p.fields[name] = field{b.fieldPlan(f.Type, shut), len(p.fields)}
		}
	}
	for _, in := range embedded {
		b.record(p, in.t, depth+1, in.shut)
	}
}

func (b *builder) fieldPlan(t reflect.Type, shut bool) *Plan {
	if shut {
		return &Plan{kind: closed, name: t.String()}
	}
	return b.plan(t)
}

// nameOf returns the name of a field in bodies, and whether a tag has it.
func (b *builder) nameOf(f reflect.StructField) (name string, named bool) {
	tag := f.Tag.Get(b.rules.Tag)
	if tag == "" {
		tag = f.Tag.Get("json")
	}
	if name, _, _ = strings.Cut(tag, ","); name != "" {
		return name, true
	}
	return f.Name, false
}

// field is one of a record, with its number.
type field struct {
	plan *Plan
	at   int
}

// field returns the field that a key names.
func (p *Plan) field(key Item) (f field, is bool) {
	if key.Kind != Text && key.Kind != Bytes {
		return f, false
	}
	if f, is = p.fields[string(key.Text)]; !is && p.fold {
		f, is = p.fields[strings.ToLower(string(key.Text))]
	}
	return f, is
}
