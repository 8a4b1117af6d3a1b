// Command catalog writes docs/operators.md from what package operators says of
// itself: its signatures, the doc comments with their diagrams, and the table of
// the package's documentation. It is run by go generate in that package; a test
// fails when the page is not up to date.
package main

import (
	"flag"
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	dir := flag.String("dir", ".", "where package operators is")
	page := flag.String("page", "../docs/operators.md", "what to write")
	flag.Parse()
	c, err := load(*dir)
	if err != nil {
		log.Fatal(err)
	}
	if err := c.check(); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(*page, c.page(), 0o644); err != nil {
		log.Fatal(err)
	}
}
