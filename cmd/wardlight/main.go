// Command wardlight is the whole product in one binary: the central station,
// its private database, a simulated bedside, and the commands to look after
// them. This package only joins the other rooms: a file per subcommand, and
// the lifecycle.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // units name their zone, whatever the machine has installed

	"github.com/alecthomas/kong"
)

// version is set by the release build.
var version = "dev"

// cli is every command and flag. Flags have WARDLIGHT_ environment twins.
type cli struct {
	Demo       demoCmd       `cmd:"" help:"Run a station with a simulated ward: invented patients, real recordings."`
	Serve      serveCmd      `cmd:"" help:"Run the station."`
	Migrate    migrateCmd    `cmd:"" help:"Bring an external database's schema up to date."`
	Sim        simCmd        `cmd:"" help:"Play the demo's monitors and pumps against any station."`
	Ward       wardCmd       `cmd:"" help:"Units, beds, care areas and limits as one YAML file."`
	User       userCmd       `cmd:"" help:"People who sign in."`
	Token      tokenCmd      `cmd:"" help:"Bearer tokens of machines."`
	Quarantine quarantineCmd `cmd:"" help:"Messages that could not be decoded."`
	Audit      auditCmd      `cmd:"" help:"The audit trail."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
}

// streams are where a command reads and writes; a test gives its own.
type streams struct {
	In       io.Reader
	Out, Err io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // who asks a second time does not want to wait
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// run is the whole program. 0: done. 1: failed, one line why on stderr. 2:
// wrong usage.
func run(ctx context.Context, args []string, s streams) (code int) {
	exited := -1
	parser, err := kong.New(&cli{},
		kong.Name("wardlight"),
		kong.Description("Open central monitoring station. A secondary display, not a primary alarm system."),
		kong.DefaultEnvars("WARDLIGHT"),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(s.Out, s.Err),
		kong.Exit(func(c int) { exited = c }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(s),
	)
	if err != nil {
		fmt.Fprintln(s.Err, "wardlight:", err)
		return 1
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	switch {
	case exited >= 0: // --help
		return exited
	case err != nil:
		fmt.Fprintln(s.Err, "wardlight:", oneLine(err))
		return 2
	}
	if err := command.Run(); err != nil {
		fmt.Fprintln(s.Err, "wardlight:", oneLine(err))
		return 1
	}
	return 0
}

// example is how a command's help ends. The indent keeps its line whole.
func example(line string) string { return "Example:\n\n    " + line }

func oneLine(err error) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "\n", "; ")), " ")
}

// logFlags choose how the program speaks to its operator.
type logFlags struct {
	LogFormat string `default:"text" enum:"text,json" help:"text or json."`
	LogLevel  string `default:"info" enum:"debug,info,warn,error" help:"debug, info, warn or error."`
}

func (f logFlags) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

type versionCmd struct{}

func (versionCmd) Run(s streams) error {
	_, err := fmt.Fprintln(s.Out, "wardlight", version)
	return err
}
