package shape

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// arrows says which layers a layer imports besides itself. A layer is a
// directory with what stands below it, as far as that is no layer of its own.
var arrows = map[string][]string{
	"stream":          {},
	"transport/codec": {},
	"internal/peerpy": {},
	"operators":       {"stream"},

	// Codecs that only those link who name them.
	"transport/codec/cbor":     {"transport/codec"},
	"transport/codec/msgpack":  {"transport/codec"},
	"transport/codec/protobuf": {"transport/codec"},

	"transport": {"stream", "transport/codec", "internal/peerpy"},
	"discovery": {"stream", "internal/peerpy"},
	"peer":      {"stream", "operators", "transport", "transport/codec", "discovery"},
	"examples":  {"peer", "operators", "stream", "transport", "transport/codec", "discovery"},
	"cmd":       {"peer", "operators", "stream", "transport", "transport/codec", "discovery"},

	// No code but tests.
	"internal/shape": {},
	"internal/netns": {},
	"interop":        {},
}

// testArrows says what the test files of a layer import beyond its arrows.
// Helpers below the layer and [everybodys] need no entry.
var testArrows = map[string][]string{
	"transport/codec": {"transport/codec/cbor", "transport/codec/msgpack"},
	"interop":         {"peer", "operators", "stream", "transport", "transport/codec", "discovery", "internal/peerpy"},
	"peer":            {"internal/peerpy", "transport/codec/cbor", "transport/codec/msgpack", "transport/codec/protobuf"},
}

// everybodys are the helpers that any test may import.
var everybodys = []string{"internal/netns"}

// isHelper reports whether dir is a package made for tests: one that only
// tests and other helpers may import.
func isHelper(dir string) bool {
	return strings.HasSuffix(path.Base(dir), "test") || under(dir, "internal/netns") ||
		under(dir, "internal/shape") || under(dir, "interop")
}

// layer returns the layer that dir belongs to, "" if none. Every example and
// every command is a layer of its own, with the arrows of the folder.
func layer(dir string) (name string, uses []string) {
	for at := dir; at != "."; at = path.Dir(at) {
		if uses, ok := arrows[at]; ok {
			if at == "examples" || at == "cmd" {
				rest, _, _ := strings.Cut(strings.TrimPrefix(dir, at+"/"), "/")
				at = path.Join(at, rest)
			}
			return at, uses
		}
	}
	return "", nil
}

// checkArrows finds imports between packages of the module that [arrows] does
// not have, and packages outside of every layer.
func checkArrows(m *module) (found []string) {
	for _, s := range m.sources {
		if name, _ := layer(s.dir); name == "" {
			found = append(found, m.at(s.syntax.Package, "package %s stands in no layer", s.dir))
			continue
		}
		for _, spec := range s.syntax.Imports {
			target, _ := strconv.Unquote(spec.Path.Value)
			if target != m.path && !strings.HasPrefix(target, m.path+"/") {
				continue
			}
			to := strings.TrimPrefix(strings.TrimPrefix(target, m.path), "/")
			if !s.mayImport(to) {
				found = append(found, m.at(spec.Pos(), "%s must not import %s", s.dir, to))
			}
		}
	}
	return found
}

// mayImport reports whether the file may import the package in the directory
// to.
func (s *source) mayImport(to string) bool {
	forTests := s.test || s.helper()
	if isHelper(to) && !forTests {
		return false
	}
	if s.test && slices.Contains(everybodys, to) {
		return true
	}
	from, uses := layer(s.dir)
	target, _ := layer(to)
	if s.test {
		uses = slices.Concat(uses, testArrows[from])
	}
	if target != from {
		return slices.Contains(uses, target)
	}
	// Within a layer, imports go up to the owner, and down only to what is
	// internal; tests go anywhere.
	return forTests || under(s.dir, to) || strings.Contains("/"+to+"/", "/internal/")
}

// checkTestingStaysOut finds code for users that links what is made for
// tests. (RxGo links testify all the same; nothing else may.)
func checkTestingStaysOut(m *module) (found []string) {
	for _, s := range m.sources {
		if s.test || s.helper() {
			continue
		}
		for _, spec := range s.syntax.Imports {
			target, _ := strconv.Unquote(spec.Path.Value)
			if under(target, "testing") || under(target, "github.com/stretchr/testify") || under(target, "go.uber.org/goleak") {
				found = append(found, m.at(spec.Pos(), "%s is for tests", target))
			}
		}
	}
	return found
}
