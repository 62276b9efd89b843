package app

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/pki"
)

// pkiCmd is about the certification authority.
type pkiCmd struct {
	Init    pkiInitCmd    `cmd:"" help:"Make a root and an issuing authority at once; the root's key is written to files, to be taken offline."`
	Root    pkiRootCmd    `cmd:"" help:"The root, on a machine without network: make it, sign with it. Needs neither configuration nor database."`
	Issuing pkiIssuingCmd `cmd:"" help:"The issuing authority of this installation: request its certificate, install it."`
	Status  pkiStatusCmd  `cmd:"" help:"Show the authorities and when they end."`
	pkiCertificateCmds
}

// authorityName is how an authority is called.
type authorityName struct {
	Name         string `required:"" placeholder:"NAME" help:"What the authority is called, such as \"Fjord Bank Root\"."`
	Organization string `placeholder:"NAME" help:"Whose it is."`
	Country      string `placeholder:"XX" help:"Two capital letters."`
}

func (n authorityName) subject() pki.Subject {
	return pki.Subject{CommonName: n.Name, Organization: n.Organization, Country: n.Country}
}

// passphrase is where the passphrase of the root's key comes from: never the command line, which others can see.
type passphrase struct {
	PassphraseFile string `placeholder:"FILE" help:"File with the passphrase of the root's key, at least 12 characters; COUNTERSIGN_ROOT_PASSPHRASE is asked without it."`
}

func (p passphrase) read(e *env) ([]byte, error) {
	if p.PassphraseFile != "" {
		b, err := readFile(p.PassphraseFile)
		return []byte(strings.TrimRight(string(b), "\r\n")), err
	}
	if v, ok := e.lookup("COUNTERSIGN_ROOT_PASSPHRASE"); ok {
		return []byte(v), nil
	}
	return nil, hinted{errors.New("the root's key needs a passphrase"), "Give --passphrase-file FILE, or set COUNTERSIGN_ROOT_PASSPHRASE."}
}

// writeNew writes a file that must not exist yet: nobody loses a root by a typing error.
func writeNew(name, kind string, der []byte, mode os.FileMode) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode) //nolint:gosec // the operator names the file
	if err != nil {
		return err
	}
	err = pem.Encode(f, &pem.Block{Type: kind, Bytes: der})
	return errors.Join(err, f.Sync(), f.Close())
}

// PEM labels (RFC 7468).
const (
	pemCertificate = "CERTIFICATE"
	pemRequest     = "CERTIFICATE REQUEST"
	pemList        = "X509 CRL"
	pemKey         = "ENCRYPTED PRIVATE KEY"
)

// writeRoot writes a root and its encrypted key into a directory.
func writeRoot(e *env, dir string, r pki.Root, secret []byte) error {
	der, err := pki.EncryptKey(r.Key, secret, e.rand)
	if err != nil {
		return err
	}
	const private, public = 0o600, 0o644
	return errors.Join(writeNew(filepath.Join(dir, "root.key"), pemKey, der, private), writeNew(filepath.Join(dir, "root.pem"), pemCertificate, r.Certificate.Raw, public))
}

// readPEM reads the first block of a kind; a file without any is taken for DER.
func readPEM(name, kind string) ([]byte, error) {
	data, err := readFile(name)
	if err != nil {
		return nil, err
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == kind {
			return block.Bytes, nil
		}
	}
	if strings.Contains(string(data), "-----BEGIN") {
		return nil, fault.Invalidf("app.pem", "There is no %s in %s.", kind, name)
	}
	return data, nil
}

// readCertificate reads one certificate.
func readCertificate(name string) (*x509.Certificate, error) {
	der, err := readPEM(name, pemCertificate)
	if err != nil {
		return nil, err
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fault.Invalidf("app.certificate", "There is no certificate in %s: %v", name, err)
	}
	return c, nil
}

type pkiInitCmd struct {
	Out string `required:"" placeholder:"DIR" help:"Directory for root.key and root.pem. Take root.key offline afterwards."`
	authorityName
	passphrase
	IssuingName string        `placeholder:"NAME" help:"What the issuing authority is called; by default the name with \"Persons\"."`
	Algorithm   pki.Algorithm `enum:"ecdsa-p256,ecdsa-p384,rsa-3072" default:"ecdsa-p256" help:"Keys of the authorities: ecdsa-p256, ecdsa-p384 or rsa-3072."`
}

// Run makes both.
func (n pkiInitCmd) Run(e *env, c *cli) error {
	secret, err := n.read(e)
	if err != nil {
		return err
	}
	defer clear(secret)
	for _, name := range []string{"root.key", "root.pem"} {
		if _, err := os.Stat(filepath.Join(n.Out, name)); err == nil {
			return fault.Conflictf("app.root_exists", "There is a %s in %s already. Choose another directory.", name, n.Out)
		}
	}
	root, issuing := n.subject(), n.subject()
	if issuing.CommonName = n.IssuingName; n.IssuingName == "" {
		issuing.CommonName = n.Name + " Persons"
	}
	return e.tools(c, func(a *App) error {
		if h, err := a.PKI.Health(e.ctx); err != nil {
			return err
		} else if !h.Authority.IsZero() {
			return fault.Conflictf("pki.exists", "There is an issuing authority already. To replace it: countersign pki issuing request")
		}
		// The root goes to its file first: an installation whose root is lost cannot be renewed.
		r, err := pki.NewRoot(n.Algorithm, root, e.now())
		if err != nil {
			return err
		}
		if err := writeRoot(e, n.Out, r, secret); err != nil {
			return err
		}
		if err := a.PKI.InitUnder(e.ctx, audit.System("cli"), n.Algorithm, r, issuing); err != nil {
			return err
		}
		return e.line(fmt.Sprintf("The issuing authority is at work under the root %s.\nTake %s offline, and keep the passphrase apart from it.", pki.Fingerprint(r.Certificate.Raw), filepath.Join(n.Out, "root.key")))
	})
}

type pkiStatusCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// authorityView is an authority as JSON.
type authorityView struct {
	Number  int64     `json:"number"`
	Kind    pki.Kind  `json:"kind"`
	State   pki.State `json:"state"`
	Name    string    `json:"name"`
	SHA256  string    `json:"sha256"` // of the certificate; of the request while it waits
	Key     bool      `json:"key_here"`
	Created time.Time `json:"created_at"`
	Expires time.Time `json:"expires_at,omitzero"`
}

// Run shows them.
func (n pkiStatusCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		all, err := a.PKI.Authorities(e.ctx)
		if err != nil {
			return err
		}
		views := make([]authorityView, len(all))
		for i, x := range all {
			views[i] = authorityView{Number: x.Number, Kind: x.Kind, State: x.State, Name: x.Name, Key: x.HasKey(), Created: x.Created, Expires: x.Expires}
			if views[i].SHA256 = pki.Fingerprint(x.Request); x.Certificate != nil {
				views[i].SHA256 = pki.Fingerprint(x.Certificate.Raw)
			}
		}
		if n.JSON {
			return e.json(map[string]any{"authorities": views})
		}
		t := e.table("AUTHORITY", "KIND", "STATE", "NAME", "KEY HERE", "ENDS")
		for _, v := range views {
			here := "no"
			if v.Key {
				here = "yes"
			}
			t.row(strconv.FormatInt(v.Number, 10), string(v.Kind), string(v.State), v.Name, here, moment(v.Expires))
		}
		matters, err := a.PKI.Matters(e.ctx)
		if err != nil {
			return err
		}
		advice := mattersOfCertificates(matters)
		if len(advice) == 0 && a.PKI.Elsewhere == nil && !works(all) {
			advice = []string{"there is no issuing authority. Make one: countersign pki init, or countersign pki issuing request"}
		}
		for _, x := range advice {
			t.after("Advice: " + x)
		}
		return t.flush()
	})
}

// works reports whether there is an issuing authority.
func works(all []pki.Authority) bool {
	return slices.ContainsFunc(all, func(x pki.Authority) bool { return x.Kind == pki.IssuingKind && x.State == pki.Active })
}
