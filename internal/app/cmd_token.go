package app

import (
	"encoding/hex"
	"errors"
	"io"
	"os"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/pskc"
)

// tokenCmd is about hardware tokens.
type tokenCmd struct {
	Import tokenImportCmd `cmd:"" help:"Import token seeds (PSKC, or OATH CSV) into stock."`
	Show   tokenShowCmd   `cmd:"" help:"Show a token: state, owner, keys. Never a seed."`
	Resync tokenResyncCmd `cmd:"" help:"Bring a token back into step, by codes that it showed one after another, or by the counter or clock that it shows."`
	Unlock tokenUnlockCmd `cmd:"" help:"Print the unlock code for the challenge of a token that locked itself."`
	tokenLifeCmds
	Bulk     tokenBulkCmd     `cmd:"" help:"Do one act with many tokens."`
	List     tokenListCmd     `cmd:"" help:"List the tokens that end soon, as CSV."`
	Forecast tokenForecastCmd `cmd:"" help:"Show how long the stock will do."`
}

type tokenImportCmd struct {
	File         string `arg:"" help:"PSKC (XML) or OATH CSV file; - for standard input."`
	DryRun       bool   `help:"Only say what would happen. Needs no running server, and no database."`
	JSON         bool   `name:"json" help:"Print the report of every row as JSON."`
	AllOrNothing bool   `help:"Import nothing unless every row can be imported. On SQLite logins wait meanwhile, about 10 s for 300,000 rows: use it on a quiet system."`

	KeyFile       string `placeholder:"FILE" help:"Pre-shared transport key in hexadecimal."`
	KeyEnv        string `placeholder:"NAME" help:"Environment variable with the pre-shared transport key in hexadecimal."`
	PasswordFile  string `placeholder:"FILE" help:"Password of a password-protected file."`
	PasswordEnv   string `placeholder:"NAME" help:"Environment variable with that password."`
	RecipientFile string `placeholder:"FILE" help:"RSA private key (PEM) of the certificate that the file is encrypted for."`
	MACKeyFile    string `name:"mac-key-file" placeholder:"FILE" help:"Pre-agreed MAC key in hexadecimal."`
	Signers       string `placeholder:"FILE" help:"Certificates (PEM) of which one must have signed the file."`

	Hash         string `placeholder:"HASH" enum:",sha1,sha256,sha512" default:"" help:"Hash of CSV rows that do not say it: sha1, sha256 or sha512."`
	Manufacturer string `placeholder:"NAME" help:"Manufacturer of CSV rows, such as oath.ALDR."`
	Legacy       bool   `help:"Accept drafts of RFC 6030 and vendors' variants."`
	InsecureMAC  bool   `name:"insecure-no-mac" help:"Accept encrypted values without MAC: whoever can change the file can change seeds."`
	SameMACKey   bool   `name:"encryption-key-as-mac-key" help:"Take the encryption key for the MAC key when the file has none."`

	underFourEyes
}

// Run imports the file.
func (i *tokenImportCmd) Run(e *env, c *cli) error {
	in, err := i.prepare(e)
	if err != nil {
		return err
	}
	out := newReportWriter(e.stdout, i.JSON)
	in.Sink = out.row
	bar := e.progress("importing")
	size := fileSize(i.File)
	in.Progress = func(_, offset int64) { bar.set("bytes", offset, size) }
	if i.Propose || i.Proposal != "" {
		defer bar.end()
		return i.proposal(e, c, in, out)
	}
	sum, err := i.run(e, c, in)
	bar.end()
	return errors.Join(hintProposal(err, "countersign token import "+i.File+" --propose --reason WHY --as LOGIN"), out.end(sum, i.DryRun))
}

func (i *tokenImportCmd) run(e *env, c *cli, in token.Import) (token.Summary, error) {
	s, err := e.setup(c)
	if err != nil {
		if i.DryRun && c.Config == "" { // without a configuration, a dry run looks at the file alone
			return token.DryRun(e.ctx, nil, in)
		}
		return token.Summary{}, err
	}
	a, err := s.openTools(e.ctx)
	if err != nil {
		return token.Summary{}, err
	}
	defer a.Close() //nolint:errcheck // nothing more to lose
	in.Set = a.Policies.Active()
	if i.DryRun {
		return token.DryRun(e.ctx, a.DB, in)
	}
	return a.Tokens.ImportFile(e.ctx, audit.System("cli"), in)
}

// fileSize returns the length of a file, 0 when it is not known.
func fileSize(name string) int64 {
	info, err := os.Stat(name)
	if err != nil {
		return 0
	}
	return info.Size()
}

// opener opens a file, or standard input for "-", which can be read once only.
func (e *env) opener(name string) func() (io.ReadCloser, error) {
	if name == "-" {
		return func() (io.ReadCloser, error) { return io.NopCloser(e.stdin), nil }
	}
	return func() (io.ReadCloser, error) { return os.Open(name) } //nolint:gosec // the operator names the file
}

// errReadTwice says that a whole import cannot come from standard input.
func errReadTwice() error {
	return hinted{errors.New("--all-or-nothing reads the file twice, which standard input does not allow"), "Save the input to a file first."}
}

// prepare gathers what reading the file needs.
func (i *tokenImportCmd) prepare(e *env) (token.Import, error) {
	in := token.Import{Name: i.File, AllOrNothing: i.AllOrNothing, Set: policy.Version0(), Now: e.now(), Open: e.opener(i.File)}
	if i.File == "-" && (i.Propose || i.Proposal != "") {
		return in, hinted{errors.New("an import under four eyes reads the file several times, which standard input does not allow"), "Save the input to a file first."}
	}
	if i.File == "-" && i.AllOrNothing {
		return in, errReadTwice()
	}
	var err error
	in.Options, err = i.options(e)
	return in, err
}

func (i *tokenImportCmd) options(e *env) (o pskc.Options, err error) {
	o = pskc.Options{Manufacturer: i.Manufacturer, Legacy: i.Legacy, InsecureNoMAC: i.InsecureMAC, EncryptionKeyAsMACKey: i.SameMACKey, Rand: e.rand}
	if i.Hash != "" {
		if o.Hash, err = pskc.ParseHash(i.Hash); err != nil {
			return o, err
		}
	}
	if o.Key, err = e.hexSecret(i.KeyFile, i.KeyEnv); err != nil {
		return o, err
	}
	if o.MACKey, err = e.hexSecret(i.MACKeyFile, ""); err != nil {
		return o, err
	}
	if o.Password, err = e.secret(i.PasswordFile, i.PasswordEnv); err != nil {
		return o, err
	}
	return o, i.keysAndSigners(e, &o)
}

// secret reads a secret from a file, without its last line break, or from the
// environment; nil when neither is named.
func (e *env) secret(file, variable string) ([]byte, error) {
	switch {
	case file != "":
		b, err := readFile(file)
		for len(b) > 0 && (b[len(b)-1] == '\n' || b[len(b)-1] == '\r') {
			b = b[:len(b)-1]
		}
		return b, err
	case variable != "":
		v, ok := e.lookup(variable)
		if !ok {
			return nil, fault.Invalidf("app.no_variable", "The environment variable %s is not set.", variable)
		}
		return []byte(v), nil
	}
	return nil, nil
}

func (e *env) hexSecret(file, variable string) ([]byte, error) {
	b, err := e.secret(file, variable)
	if err != nil || b == nil {
		return nil, err
	}
	out := make([]byte, hex.DecodedLen(len(b)))
	if _, err := hex.Decode(out, b); err != nil {
		return nil, errors.New("the key is not hexadecimal: write it as 32, 48 or 64 characters of 0-9 and a-f")
	}
	return out, nil
}
