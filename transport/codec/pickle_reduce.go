package codec

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A global is a name on the stack: one of those that [unpickler.global] lets in.
type global string

// stackGlobal takes module and name from the stack.
func (u *unpickler) stackGlobal() error {
	name, err := u.pop()
	if err != nil {
		return err
	}
	module, err := u.pop()
	if err != nil {
		return err
	}
	m, ok := module.(string)
	n, ok2 := name.(string)
	if !ok || !ok2 {
		return u.fail("a global whose name is no str")
	}
	return u.global(m, n)
}

// global pushes a global if plain data needs it. No name is ever looked up: call
// knows what these stand for.
func (u *unpickler) global(module, name string) error {
	if module == "__builtin__" || module == "__builtins__" {
		module = "builtins" // as Python 2 calls it
	}
	switch g := global(module + "." + name); g {
	case "builtins.set", "builtins.frozenset", "builtins.bytearray", "builtins.bytes", "builtins.complex",
		"_codecs.encode", "decimal.Decimal", "datetime.datetime", "datetime.date", "datetime.time",
		"datetime.timedelta", "datetime.timezone":
		return u.push(g)
	default:
		return u.unsupported(fmt.Sprintf("global %.60s", g))
	}
}

// reduce replaces a global and its arguments by the value they stand for.
func (u *unpickler) reduce() error {
	top, err := u.pop()
	if err != nil {
		return err
	}
	callee, err := u.pop()
	if err != nil {
		return err
	}
	g, ok := callee.(global)
	args, ok2 := top.(*node)
	if !ok || !ok2 || !args.tuple {
		return u.fail("a call of something else than a global with a tuple")
	}
	if g == "builtins.set" || g == "builtins.frozenset" {
		return u.callSet(g, args)
	}
	v, ok, err := u.call(g, args.list)
	switch {
	case err != nil:
		return err
	case !ok:
		return u.badArguments(g)
	}
	return u.push(v)
}

func (u *unpickler) badArguments(g global) error {
	return u.fail("arguments that %s does not take", g)
}

// callSet pushes the set of the list that is the only argument.
func (u *unpickler) callSet(g global, args *node) error {
	var list []any
	if len(args.list) > 0 {
		var ok bool
		if list, ok = args.list[0].([]any); !ok || len(args.list) > 1 {
			return u.badArguments(g)
		}
	}
	// As adoptKey does, for all elements at once.
	n := u.node(node{set: &Set{}, size: args.size + len(list)*entryCost, depth: args.depth - 1})
	if err := u.toil(args.size); err != nil {
		return err
	}
	if err := u.charge(len(list) * entryCost); err != nil {
		return err
	}
	for _, v := range list {
		if !n.set.elements.set(v, nil) {
			return u.fail("%s in a set", describe(v))
		}
	}
	if g == "builtins.frozenset" {
		n.set.frozen = true
		n.seal()
	}
	return u.pushNode(n)
}

// call returns what g yields for args; false if Python would refuse them, or would
// make something else of them than plain data.
func (u *unpickler) call(g global, args []any) (v any, ok bool, err error) {
	switch g {
	case "builtins.bytes":
		return []byte{}, len(args) == 0, nil
	case "builtins.bytearray":
		switch len(args) {
		case 0:
			return ByteArray{}, true, nil
		case 1:
			b, ok := args[0].([]byte)
			return ByteArray(copyOf(b)), ok, nil
		}
		b, ok := latin1(args)
		return ByteArray(b), ok, nil
	case "_codecs.encode":
		b, ok := latin1(args)
		return b, ok, nil
	case "builtins.complex":
		if len(args) != 2 {
			return nil, false, nil
		}
		re, ok := args[0].(float64)
		im, ok2 := args[1].(float64)
		return complex(re, im), ok && ok2, nil
	case "decimal.Decimal":
		if len(args) != 1 {
			return nil, false, nil
		}
		text, ok := args[0].(string)
		d, err := ParseDecimal(text)
		return d, ok && err == nil, nil
	}
	return u.callDatetime(g, args)
}

// latin1 returns the bytes of a str, as pickles before protocol 3 spell them.
func latin1(args []any) ([]byte, bool) {
	if len(args) != 2 {
		return nil, false
	}
	text, ok := args[0].(string)
	encoding, ok2 := args[1].(string)
	if encoding = strings.ReplaceAll(encoding, "-", ""); !ok || !ok2 || encoding != "latin1" {
		return nil, false
	}
	b := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if r > 0xFF {
			return nil, false
		}
		b = append(b, byte(r))
		text = text[size:]
	}
	return b, true
}
