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
connection, 4 it could not be reached in time, 5 the connection ended before everything was sent or received, 6 the other
side has nothing of that name, or failed. Ctrl-C ends every command cleanly.`

// commands is what the command line may say.
type commands struct {
	JSON bool `name:"json" help:"Print one JSON object per event, a line each."`

	Listen   listen   `cmd:"" help:"Accept connections and print what arrives."`
	Send     send     `cmd:"" help:"Connect, send values and close."`
	Connect  connect  `cmd:"" help:"Connect, send the lines of stdin and print what arrives."`
	Discover discover `cmd:"" help:"Print the peers on the local network."`

	Expose    expose    `cmd:"" help:"Give the lines of stdin, or of a command's output, a name under which others subscribe to them."`
	Subscribe subscribe `cmd:"" help:"Print the values of a stream that others expose."`
	Call      call      `cmd:"" help:"Call what others handle, and print the result."`
	Streams   catalog   `cmd:"" help:"Print what others expose: streams, sinks, handlers and groups."`
	Bench     bench     `cmd:"" help:"Measure throughput and latency between two devices."`

	Version version `cmd:"" help:"Print the version."`
}

// streams are what a command reads and writes.
type streams struct {
	stdin  io.Reader
	stderr io.Writer
	out    *printer
	notes  *printer // what is no result: to people on stderr, so that stdout can be piped

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
		kong.Help(help),
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
		notes := out
		if !cli.JSON {
			notes = &printer{w: stderr, failed: func(error) {}}
		}
		err = parsed.Run(&streams{stdin: stdin, stderr: stderr, out: out, notes: notes})
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

// help is kong's, but for arguments that are optional though others follow, which
// kong does not know.
func help(options kong.HelpOptions, ctx *kong.Context) error {
	for _, command := range ctx.Model.Children {
		if args := command.Positional; command.Name == "subscribe" {
			args[0].Tag.Optional, args[1].Tag.Optional, args[1].Required = false, false, true
		}
	}
	return kong.DefaultHelpPrinter(options, ctx)
}
