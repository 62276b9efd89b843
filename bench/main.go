package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/countersign-auth/countersign/bench/rig"
	"github.com/countersign-auth/countersign/internal/db"
)

// options are the command line.
type options struct {
	Only        []string `help:"Scenarios to run: ${scenarios}." json:"only,omitempty"`
	Seconds     float64  `default:"3" help:"How long each measurement takes."`
	Rounds      int      `default:"5" help:"How often everything is measured; medians are told."`
	Tokens      int      `default:"100000" help:"Registered tokens; a fifth of them are imported."`
	Connections int      `default:"128" help:"Connections of the load."`
	Calm        float64  `json:"calm,omitempty" placeholder:"SHARE" help:"Before each measurement, wait until others take less than this share of the processors, at most a minute."`
	Alone       bool     `json:"alone,omitempty" help:"Leave the comparisons of the scenario verify out: for profiles."`
	Large       bool     `help:"Measure with a million tokens, too: flat, import and start. Takes half an hour and 10 GB."`
	Postgres    string   `env:"COUNTERSIGN_TEST_POSTGRES" placeholder:"DSN" json:"-" help:"A superuser of a PostgreSQL with durable settings, such as scripts/postgres --durable makes. Without it only SQLite is measured."`
	JSON        string   `name:"json" placeholder:"FILE" json:"-" help:"Where the figures go; bench/out/TIME.json by default."`
	Dir         string   `placeholder:"DIR" json:"-" help:"Where the databases are made. It must be on a disk, not in memory; the system's place for temporary files by default."`
	Profile     string   `placeholder:"DIR" json:"profile,omitempty" help:"Write profiles of the nodes there: processor time and allocations."`
	Keep        bool     `json:"-" help:"Leave the databases."`
}

// bench is a run.
type bench struct {
	options
	rig *rig.Rig
	now func() time.Time
}

// filled makes an installation with n registered customers.
func (b *bench) filled(ctx context.Context, d db.Dialect, n int) (*rig.Store, *rig.Population, error) {
	s, err := b.rig.Store(ctx, d)
	if err != nil {
		return nil, nil, err
	}
	p, err := s.Fill(ctx, n)
	return s, p, err
}

func (b *bench) span() time.Duration   { return time.Duration(b.Seconds * float64(time.Second)) }
func (b *bench) warmup() time.Duration { return b.span() / 3 }

// scenario is one thing to find out.
type scenario struct {
	name string
	run  func(*bench, context.Context) (*Scenario, error)
}

func scenarios() []scenario {
	return []scenario{
		{"verify", (*bench).verify},
		{"sign", (*bench).sign},
		{"flat", (*bench).flat},
		{"import", (*bench).importing},
		{"start", (*bench).starting},
		{"console", (*bench).console},
		{"uniform", (*bench).uniform},
		{"risk", (*bench).risk},
		{"sms", (*bench).sms},
		{"ota", (*bench).ota},
		{"approvals", (*bench).approvals},
		{"simsign", (*bench).simsign},
		{"ingest", (*bench).ingest},
		{"interaction", (*bench).interaction},
		{"iso8583", (*bench).iso8583},
		{"issuing", (*bench).issuing},
	}
}

func names() string {
	var all []string
	for _, s := range scenarios() {
		all = append(all, s.name)
	}
	return strings.Join(all, ", ")
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := start(ctx, os.Args[1:])
	stop()
	os.Exit(code) //nolint:forbidigo // this is a program
}

// start decides whether this is a process that measures or one that is measured.
func start(ctx context.Context, args []string) int {
	if len(args) > 0 && args[0] == rig.Child {
		environ := os.Environ()                                                           //nolint:forbidigo // this is a program
		return rig.Main(ctx, args[1:], os.Stdin, os.Stdout, os.Stderr, environ, time.Now) //nolint:forbidigo // the clock of the child
	}
	if err := run(ctx, args, os.Stdout, os.Stderr); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench: "+err.Error())
		return 1
	}
	return 0
}

// run reads the command line and runs the scenarios.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	var o options
	p, err := kong.New(&o, kong.Name("bench"), kong.Description("Measures Countersign against limits that are measured in the same run."),
		kong.Vars{"scenarios": names()}, kong.Writers(stdout, stderr))
	if err != nil {
		return err
	}
	if _, err := p.Parse(args); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	now := time.Now //nolint:forbidigo // the one clock of this program
	r, err := rig.New(rig.Options{Parent: o.Dir, Self: self, Postgres: o.Postgres, Profile: o.Profile, Keep: o.Keep, Now: now, Log: stderr})
	if err != nil {
		return err
	}
	b := &bench{options: o, rig: r, now: now}
	defer func() { err = errors.Join(err, r.Close(context.WithoutCancel(ctx))) }()
	return b.all(ctx, stdout)
}

func (o *options) check() error {
	known := strings.Split(names(), ", ")
	for _, name := range o.Only {
		if !slices.Contains(known, name) {
			return fmt.Errorf("there is no scenario %q: use %s", name, names())
		}
	}
	if o.Seconds <= 0 || o.Rounds < 1 || o.Connections < 1 || o.Tokens < o.Connections {
		return errors.New("give positive numbers, and at least as many tokens as connections")
	}
	return nil
}

// all runs the scenarios, prints what they found and saves it.
func (b *bench) all(ctx context.Context, stdout io.Writer) error {
	report := newReport(b.options, b.now())
	for _, s := range scenarios() {
		if len(b.Only) > 0 && !slices.Contains(b.Only, s.name) {
			continue
		}
		found, err := s.run(b, ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		found.print(stdout)
		report.Scenarios = append(report.Scenarios, found)
	}
	name, err := report.save(b.JSON)
	if err == nil {
		b.rig.Sayf("\nThe figures are in %s.", name)
	}
	return err
}
