package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/alecthomas/kong"
)

const description = `A reactive peer for the command line.

Exit codes: 0 everything went well, 1 something on this machine failed, 2 wrong usage, 3 the other side denied the
connection, 4 it could not be reached in time, 5 the connection ended before everything was sent. Ctrl-C ends every
command cleanly.`

// commands is what the command line may say.
type commands struct {
	JSON bool `name:"json" help:"Print one JSON object per event, a line each."`

	Listen   listen   `cmd:"" help:"Accept connections and print what arrives."`
	Send     send     `cmd:"" help:"Connect, send values and close."`
	Connect  connect  `cmd:"" help:"Connect, send the lines of stdin and print what arrives."`
	Discover discover `cmd:"" help:"Print the peers on the local network."`
	Version  version  `cmd:"" help:"Print the version."`
}

// streams are what a command reads and writes.
type streams struct {
	stdin  io.Reader
	stderr io.Writer
	out    *printer

	following sync.WaitGroup // connections whose end has not been printed
}

// run is the program: it returns the exit code. When ctx ends, the command
// ends in order.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var cli commands
	exited := -1 // by --help
	parser, err := kong.New(&cli,
		kong.Name("rxpeer"), kong.Description(description), kong.UsageOnError(),
		kong.Writers(stdout, stderr), kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Exit(func(code int) { exited = max(exited, code) }),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		panic(err) // the commands above are wrong
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	out := &printer{json: cli.JSON, w: stdout, failed: func(err error) { cancel(failed("cannot write to stdout: %v", err)) }}
	if err != nil {
		err = usage("%s; see %q", err, helpFor(err))
	} else {
		err = parsed.Run(&streams{stdin: stdin, stderr: stderr, out: out})
	}
	if cause := (*failure)(nil); err == nil && errors.As(context.Cause(ctx), &cause) {
		err = cause
	}
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(stderr, "rxpeer: %s\n", strings.Map(shown, strings.ReplaceAll(err.Error(), "\n", " ")))
	return codeOf(err)
}

// helpFor returns the command line that helps with a wrong one.
func helpFor(err error) string {
	var wrong *kong.ParseError
	if errors.As(err, &wrong) && wrong.Context != nil && wrong.Context.Command() != "" {
		name, _, _ := strings.Cut(wrong.Context.Command(), " ")
		return "rxpeer " + name + " --help"
	}
	return "rxpeer --help"
}
