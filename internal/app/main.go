package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/countersign-auth/countersign/internal/fault"
)

// Exit codes of the program.
const (
	exitOK    = 0
	exitError = 1 // the command was understood and could not be done
	exitUsage = 2 // the command was not understood
)

// Version is what the program calls itself; the build may set it.
var Version = "0.1.0-dev"

// env is what commands work with in place of the operating system's globals.
type env struct {
	ctx            context.Context
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string
	now            func() time.Time
	rand           io.Reader
}

// cli is the command line.
type cli struct {
	Config  string           `short:"c" placeholder:"FILE" help:"Configuration file (YAML); COUNTERSIGN_CONFIG names one too."`
	Version kong.VersionFlag `help:"Print the version and exit."`

	Serve   serveCmd   `cmd:"" help:"Run a node: API, console, metrics."`
	Demo    demoCmd    `cmd:"" help:"Run everything on this machine with a made-up bank, without network."`
	Migrate migrateCmd `cmd:"" help:"Bring the database's schema up to date."`
	Doctor  doctorCmd  `cmd:"" help:"Check the installation and say what is wrong."`
	Recover recoverCmd `cmd:"" help:"Accept a database that was restored from a backup."`

	Settings    configCmd        `cmd:"" name:"config" help:"Check the configuration, or print a reference of it."`
	Keys        keysCmd          `cmd:"" help:"Make, rotate and inspect the keys that seal secrets."`
	Audit       auditCmd         `cmd:"" help:"Verify and read the tamper-evident log."`
	Evidence    evidenceCmd      `cmd:"" help:"Verify archived assertions, and show the keys that sign them."`
	Token       tokenCmd         `cmd:"" help:"Import and inspect hardware tokens."`
	Mobile      mobileCmd        `cmd:"" help:"Issue activation codes for mobile tokens; show, block and archive them."`
	MobileID    mobileIDCmd      `cmd:"" name:"mobile-id" help:"Register phones whose SIM signs, and look after them."`
	SIM         simsCmd          `cmd:"" name:"sim" help:"Import SIM cards with a signature application; show, assign, move, suspend and retire them."`
	Policy      policyCmd        `cmd:"" help:"Show, compare, propose and activate versions of the policies."`
	Proposal    proposalCmd      `cmd:"" help:"Decide about acts that need two people."`
	Risk        riskCmd          `cmd:"" help:"Evaluate the risk engine, and report on exemptions from strong authentication."`
	Interaction interactionCmd   `cmd:"" name:"interaction" help:"Show what was learned of customers' devices and what was judged by them, and evaluate how well that works."`
	Companion   companionCmd     `cmd:"" help:"Invite the devices that customers live with; show, suspend and remove them."`
	Portfolio   portfolioCmd     `cmd:"" help:"Show, create and change portfolios of payment tokens."`
	Card        cardCmd          `cmd:"" help:"Enroll, block and close the cards that payment tokens stand for."`
	PayToken    paymentTokenCmd  `cmd:"" name:"payment-token" help:"Show, suspend, resume and delete payment tokens."`
	Payment     authorizationCmd `cmd:"" name:"authorization" help:"Show payments with tokens, and why they were refused."`
	Clearing    clearingCmd      `cmd:"" help:"Write a day's approved payments with tokens into a file, with the accounts behind them."`
	Customer    customerCmd      `cmd:"" help:"Create and inspect customers."`
	Client      clientCmd        `cmd:"" help:"Register the bank's applications."`
	Provider    providerCmd      `cmd:"" help:"Register service providers that ask people for mobile signatures."`
	PKI         pkiCmd           `cmd:"" name:"pki" help:"The certification authority: root, issuing authority, certificates and their status."`
	Staff       staffCmd         `cmd:"" help:"Register the bank's staff."`
	Emulate     emulateCmd       `cmd:"" help:"Run the other side of a protocol, to test against."`
	Simulate    simulateCmd      `cmd:"" help:"Make up people, homes and devices, and what they report."`
	OATH        oathCmd          `cmd:"" name:"oath" help:"Compute one-time codes from test keys."`
	OpenAPI     openapiCmd       `cmd:"" name:"openapi" help:"Print the description of the JSON API (OpenAPI 3.1)."`
}

// exit unwinds the parser when it wants to end the program (after --help).
type exit int

// Main runs the program and returns its exit code. Results go to stdout,
// everything else to stderr.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, environ []string) (code int) {
	return run(&env{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr, environ: environ, now: time.Now, rand: rand.Reader}, args)
}

func run(e *env, args []string) (code int) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case exit:
			code = int(e)
		default:
			panic(e)
		}
	}()
	var c cli
	p, err := kong.New(&c, kong.Name("countersign"), kong.Description(description), kong.UsageOnError(),
		kong.Writers(e.stdout, e.stderr), kong.Exit(func(n int) { panic(exit(n)) }), kong.Vars{"version": Version},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}), kong.Bind(e, &c))
	if err != nil {
		panic(err) // the declarations above are wrong
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := p.Parse(args)
	if err != nil {
		say(e.stderr, err, "See countersign --help, or countersign COMMAND --help.")
		return exitUsage
	}
	if err := k.Run(); err != nil {
		fail(e.stderr, err)
		return exitError
	}
	return exitOK
}

const description = "Strong customer authentication and transaction authorization for banks."

// hinted is an error with advice that stands on a line of its own.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// fail prints an error for people: what a fault says to callers, or the plain error.
func fail(w io.Writer, err error) {
	hint := ""
	if h, ok := errors.AsType[hinted](err); ok {
		err, hint = h.error, h.hint
	}
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		say(w, err, hint)
		return
	}
	text := f.Detail
	if f.Err != nil {
		text += "\n  because: " + f.Err.Error()
	}
	say(w, errors.New(text), hint)
}

func say(w io.Writer, err error, hint string) {
	_, _ = fmt.Fprintf(w, "countersign: %s\n", strings.TrimPrefix(err.Error(), "countersign: "))
	if hint != "" {
		_, _ = fmt.Fprintf(w, "  hint: %s\n", hint)
	}
}

// readFile is os.ReadFile, named so that commands say where files come in.
func readFile(name string) ([]byte, error) { return os.ReadFile(name) } //nolint:gosec // the operator names the file
