package main

import (
	"bytes"
	"fmt"
	"strings"
)

const reference = "https://pkg.go.dev/github.com/rxpeer/rxpeer/operators#"

const intro = `# Operators

<!-- Written by go generate in package operators, from its documentation. Do not edit. -->

All operators, by what they are for. [The package's documentation](https://pkg.go.dev/github.com/rxpeer/rxpeer/operators) says
how they run and how they end; each operator's own says more, with an example. In the diagrams time runs from left to
right, a character is a millisecond, ` + "`|`" + ` completes, ` + "`#`" + ` fails, and what is in parentheses comes at one instant.

The columns: the goroutines that an operator owns, besides that of the subscription; the values that it may hold; what
happens when its source fails; and what happens when what it holds is full.
`

// page returns docs/operators.md.
func (c *catalog) page() []byte {
	var b bytes.Buffer
	b.WriteString(intro)
	for _, g := range c.groups {
		fmt.Fprintf(&b, "\n## %s\n\n", title(g.title))
		b.WriteString("| | | goroutines | holds | at failure | when full |\n| --- | --- | --- | --- | --- | --- |\n")
		shown := map[string]bool{}
		for _, r := range g.rows {
			o := c.operators[r.operator()]
			synopsis := ""
			if !shown[o.name] {
				synopsis = cell(o.synopsis)
			}
			shown[o.name] = true
			fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", r.name, strings.ToLower(o.name), synopsis, strings.Join(r.cells, " | "))
		}
	}
	c.writeElsewhere(&b)
	b.WriteString("\n## One by one\n")
	done := map[string]bool{}
	for _, g := range c.groups {
		for _, r := range g.rows {
			if o := c.operators[r.operator()]; !done[o.name] {
				done[o.name] = true
				fmt.Fprintf(&b, "\n### %s\n\n```go\n%s\n```\n\n```\n%s```\n\n%s [More](%s%s).\n", o.name, o.signature, o.diagram, cell(o.synopsis), reference, o.name)
			}
		}
	}
	return b.Bytes()
}

// writeElsewhere writes what operators are called in other libraries.
func (c *catalog) writeElsewhere(b *bytes.Buffer) {
	b.WriteString("\n## If you know another library\n\n")
	fmt.Fprintf(b, "If you know %s, use what stands in the last column.\n\n", strings.Join(libraries, ", "))
	fmt.Fprintf(b, "| %s | here |\n|%s --- |\n", strings.Join(libraries, " | "), strings.Repeat(" --- |", len(libraries)))
	for _, name := range c.sorted() {
		o := c.operators[name]
		for _, there := range o.elsewhere[1:] {
			if there == "-" {
				there = ""
			}
			fmt.Fprintf(b, "| %s ", cell(there))
		}
		fmt.Fprintf(b, "| [%s](#%s) |\n", name, strings.ToLower(name))
	}
}

// cell returns text that can stand in a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
