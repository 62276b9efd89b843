package app

import (
	"crypto/x509"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/pki"
)

// pkiRootCmd is about the root.
type pkiRootCmd struct {
	Init pkiRootInitCmd `cmd:"" help:"Make a root: root.pem, and root.key under a passphrase."`
	Sign pkiRootSignCmd `cmd:"" help:"Certify the request of an issuing authority."`
	List pkiRootListCmd `cmd:"" help:"Make the root's revocation list, with the issuing authorities that it revokes."`
}

type pkiRootInitCmd struct {
	Out string `required:"" placeholder:"DIR" help:"Directory for root.key and root.pem."`
	authorityName
	passphrase
	Algorithm pki.Algorithm `enum:"ecdsa-p256,ecdsa-p384,rsa-3072" default:"ecdsa-p384" help:"Its key: ecdsa-p256, ecdsa-p384 or rsa-3072."`
}

// Run makes it.
func (n pkiRootInitCmd) Run(e *env) error {
	secret, err := n.read(e)
	if err != nil {
		return err
	}
	defer clear(secret)
	r, err := pki.NewRoot(n.Algorithm, n.subject(), e.now())
	if err != nil {
		return err
	}
	if err := writeRoot(e, n.Out, r, secret); err != nil {
		return err
	}
	return e.line("The root is made. Its fingerprint (SHA-256), to be compared wherever it is trusted:\n" + pki.Fingerprint(r.Certificate.Raw))
}

// rootFiles are a root's certificate and key.
type rootFiles struct {
	Key         string `required:"" placeholder:"FILE" help:"The root's key, root.key."`
	Certificate string `required:"" placeholder:"FILE" help:"The root's certificate, root.pem."`
	passphrase
}

func (f rootFiles) open(e *env) (r pki.Root, err error) {
	if r.Certificate, err = readCertificate(f.Certificate); err != nil {
		return r, err
	}
	der, err := readPEM(f.Key, pemKey)
	if err != nil {
		return r, err
	}
	secret, err := f.read(e)
	if err != nil {
		return r, err
	}
	defer clear(secret)
	if r.Key, err = pki.DecryptKey(der, secret); err != nil {
		return r, err
	}
	if !pki.SameKey(r.Key.Public(), r.Certificate.PublicKey) {
		return r, fault.Invalidf("app.root", "The key is not that of the certificate.")
	}
	return r, nil
}

type pkiRootSignCmd struct {
	Request string `arg:"" help:"The request, as \"pki issuing request\" wrote it."`
	rootFiles
	Out         string `required:"" placeholder:"FILE" help:"Where the certificate goes."`
	Fingerprint string `required:"" placeholder:"HEX" help:"Fingerprint of the request, as it was shown where it was made: so that nobody has exchanged it."`
	ListURL     string `placeholder:"URL" help:"Where the root's revocation list can be fetched, such as http://pki.bank.example/pki/root.crl."`
}

// Run certifies it.
func (n pkiRootSignCmd) Run(e *env) error {
	request, err := readPEM(n.Request, pemRequest)
	if err != nil {
		return err
	}
	if !sameHex(n.Fingerprint, pki.Fingerprint(request)) {
		return fault.Invalidf("app.fingerprint", "The request has another fingerprint: %s", pki.Fingerprint(request))
	}
	r, err := n.open(e)
	if err != nil {
		return err
	}
	c, err := r.SignIssuing(request, e.now(), n.ListURL)
	if err != nil {
		return err
	}
	const public = 0o644
	if err := writeNew(n.Out, pemCertificate, c.Raw, public); err != nil {
		return err
	}
	return e.line(fmt.Sprintf("%s is certified until %s. Install it: countersign pki issuing install %s --root %s", c.Subject.CommonName, c.NotAfter.Format("2006-01-02"), n.Out, n.Certificate))
}

type pkiRootListCmd struct {
	rootFiles
	Out    string   `required:"" placeholder:"FILE" help:"Where the list goes."`
	Revoke []string `placeholder:"FILE" help:"Certificates of issuing authorities that are revoked: all that ever were, each time."`
	Days   int      `default:"400" help:"How long the list may be used. Without a fresh one afterwards no signature is valid."`
}

// Run makes it.
func (n pkiRootListCmd) Run(e *env) error {
	r, err := n.open(e)
	if err != nil {
		return err
	}
	var revoked []*big.Int
	for _, name := range n.Revoke {
		c, err := readCertificate(name)
		if err != nil {
			return err
		}
		if c.CheckSignatureFrom(r.Certificate) != nil {
			return fault.Invalidf("app.certificate", "The root has not signed %s.", name)
		}
		revoked = append(revoked, c.SerialNumber)
	}
	const day, public = 24 * time.Hour, 0o644
	if n.Days < 1 || n.Days > 3660 {
		return fault.Invalidf("app.days", "A list of the root may be used for 1 to 3660 days.")
	}
	der, err := r.List(revoked, e.now(), time.Duration(n.Days)*day)
	if err != nil {
		return err
	}
	if err := writeNew(n.Out, pemList, der, public); err != nil {
		return err
	}
	return e.line(fmt.Sprintf("The list names %d authorities. Install it: countersign pki issuing root-list %s", len(revoked), n.Out))
}

// pkiIssuingCmd is about the issuing authority.
type pkiIssuingCmd struct {
	Request  pkiRequestCmd  `cmd:"" help:"Make the key of an issuing authority, and a request for the root."`
	Install  pkiInstallCmd  `cmd:"" help:"Put the certificate of the request to work."`
	RootList pkiRootPostCmd `cmd:"" name:"root-list" help:"Publish a fresh revocation list of the root."`
}

type pkiRequestCmd struct {
	authorityName
	Out       string        `required:"" placeholder:"FILE" help:"Where the request goes."`
	Algorithm pki.Algorithm `enum:"ecdsa-p256,ecdsa-p384,rsa-3072" default:"ecdsa-p256" help:"Its key: ecdsa-p256, ecdsa-p384 or rsa-3072."`
}

// Run makes it.
func (n pkiRequestCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		der, err := a.PKI.Request(e.ctx, audit.System("cli"), n.Algorithm, n.subject())
		if err != nil {
			return err
		}
		const public = 0o644
		if err := writeNew(n.Out, pemRequest, der, public); err != nil {
			return err
		}
		return e.line("The request waits to be signed by the root. Its fingerprint, to be given to \"pki root sign\":\n" + pki.Fingerprint(der))
	})
}

type pkiInstallCmd struct {
	Certificate string `arg:"" help:"The certificate, as \"pki root sign\" wrote it."`
	Root        string `required:"" placeholder:"FILE" help:"The root's certificate, root.pem."`
	List        string `placeholder:"FILE" help:"The root's revocation list, as \"pki root list\" wrote it."`
}

// Run installs it.
func (n pkiInstallCmd) Run(e *env, c *cli) error {
	certificate, err := readCertificate(n.Certificate)
	if err != nil {
		return err
	}
	root, err := readCertificate(n.Root)
	if err != nil {
		return err
	}
	var list []byte
	if n.List != "" {
		if list, err = readPEM(n.List, pemList); err != nil {
			return err
		}
	}
	return e.tools(c, func(a *App) error {
		if err := a.PKI.Install(e.ctx, audit.System("cli"), certificate, root, list); err != nil {
			return err
		}
		return e.line(certificate.Subject.CommonName + " issues from now on. Nodes that run learn of it within half a minute.")
	})
}

type pkiRootPostCmd struct {
	List string `arg:"" help:"The list, as \"pki root list\" wrote it."`
}

// Run publishes it.
func (n pkiRootPostCmd) Run(e *env, c *cli) error {
	der, err := readPEM(n.List, pemList)
	if err != nil {
		return err
	}
	l, err := x509.ParseRevocationList(der)
	if err != nil {
		return fault.Invalidf("app.list", "There is no revocation list in %s.", n.List)
	}
	return e.tools(c, func(a *App) error {
		if err := a.PKI.InstallRootList(e.ctx, audit.System("cli"), der); err != nil {
			return err
		}
		return e.line("The root's list is published, and may be used until " + l.NextUpdate.Format("2006-01-02") + ".")
	})
}

// sameHex compares fingerprints as people write them.
func sameHex(a, b string) bool {
	plain := strings.NewReplacer(" ", "", ":", "", "\n", "")
	return strings.EqualFold(plain.Replace(a), plain.Replace(b))
}
