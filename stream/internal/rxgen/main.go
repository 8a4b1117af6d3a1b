// Command rxgen writes rx_gen.go of package stream: those methods of
// rxgo.Observable that package stream does not have by hand, each of which
// builds RxGo's operator of that name anew for each observation.
//
// It is run by go generate, in the folder of package stream.
package main

import (
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("rxgen: ")
	code, err := generate(".")
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("rx_gen.go", code, 0o644); err != nil {
		log.Fatal(err)
	}
}
