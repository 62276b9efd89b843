package app

import (
	"encoding/pem"
	"fmt"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/pki"
)

// pkiCertificateCmds are about certificates.
type pkiCertificateCmds struct {
	List    pkiListCmd    `cmd:"" help:"List certificates, newest first."`
	Show    pkiShowCmd    `cmd:"" help:"Show a certificate, or print it as PEM with its chain."`
	Revoke  pkiRevokeCmd  `cmd:"" help:"Revoke a certificate for good."`
	Suspend pkiSuspendCmd `cmd:"" help:"Put a certificate on hold."`
	Resume  pkiResumeCmd  `cmd:"" help:"End the hold of a certificate."`
	Untold  pkiUntoldCmd  `cmd:"" help:"List certificates of another authority that does not know yet that they are revoked or on hold."`
	Told    pkiToldCmd    `cmd:"" help:"Record that another authority was told of the status of certificates."`
	CRL     pkiCRLCmd     `cmd:"" name:"crl" help:"Print the revocation list of the issuing authority."`
	Merge   pkiMergeCmd   `cmd:"" help:"Take revocations over from a list that was published, after a backup was restored."`
}

type pkiListCmd struct {
	Customer string        `help:"Only those of this customer, by the bank's customer ID."`
	Status   pki.Status    `enum:",good,hold,revoked" default:"" help:"Only those in this status."`
	Profile  pki.Profile   `enum:",authentication,signing,provider" default:"" help:"Only those of this profile."`
	Expiring time.Duration `help:"Only those that end within so long, such as 720h."`
	Limit    int           `default:"50" help:"At most so many, up to 500."`
	After    string        `help:"Where a former list ended, as it said."`
	JSON     bool          `name:"json" help:"Print JSON."`
}

// certificateView is a certificate as JSON.
type certificateView struct {
	Serial   string      `json:"serial"`
	Profile  pki.Profile `json:"profile"`
	Status   pki.Status  `json:"status"`
	Reason   string      `json:"reason,omitempty"`
	Subject  string      `json:"subject,omitempty"`
	Customer string      `json:"customer,omitempty"`
	Issuer   int64       `json:"issuer"`
	Created  time.Time   `json:"created_at"`
	Expires  time.Time   `json:"expires_at"`
	Changed  time.Time   `json:"changed_at,omitzero"`
}

func viewOfCertificate(x pki.Certificate) certificateView {
	v := certificateView{Serial: x.Serial, Profile: x.Profile, Status: x.Status, Issuer: x.Issuer, Created: x.Created, Expires: x.Expires, Changed: x.Changed}
	if x.Status != pki.Good {
		v.Reason = x.Reason.String()
	}
	if x.Certificate != nil {
		v.Subject = x.Certificate.Subject.String()
	}
	if !x.Customer.IsZero() {
		v.Customer = x.Customer.String()
	}
	return v
}

// Run lists them.
func (n pkiListCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		f := pki.Filter{Status: n.Status, Profile: n.Profile}
		if n.Expiring > 0 {
			f.Expiring = e.now().Add(n.Expiring)
		}
		if n.Customer != "" {
			who, err := a.Customers.GetByNumber(e.ctx, n.Customer)
			if err != nil {
				return err
			}
			f.Customer = who.ID
		}
		all, next, err := a.PKI.List(e.ctx, f, n.After, n.Limit)
		if err != nil {
			return err
		}
		views := make([]certificateView, len(all))
		for i, x := range all {
			views[i] = viewOfCertificate(x)
		}
		if n.JSON {
			return e.json(map[string]any{"certificates": views, "next": next})
		}
		t := e.table("SERIAL", "PROFILE", "STATUS", "SUBJECT", "ENDS")
		for _, v := range views {
			t.row(v.Serial, string(v.Profile), string(v.Status), v.Subject, moment(v.Expires))
		}
		if next != "" {
			t.after("There may be more: --after " + next)
		}
		return t.flush()
	})
}

type pkiShowCmd struct {
	Serial string `arg:"" help:"Serial number in hexadecimal."`
	PEM    bool   `name:"pem" help:"Print the certificate and its chain as PEM instead."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Run shows it.
func (n pkiShowCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		x, made, err := a.PKI.Get(e.ctx, n.Serial)
		if err != nil {
			return err
		}
		if n.PEM {
			return printChain(e, made)
		}
		v := viewOfCertificate(x)
		if n.JSON {
			return e.json(v)
		}
		t := e.table("", "")
		for _, row := range [][2]string{
			{"serial", v.Serial},
			{"subject", v.Subject},
			{"profile", string(v.Profile)},
			{"status", strings.TrimSpace(string(v.Status) + " " + v.Reason)},
			{"issued", moment(v.Created)},
			{"ends", moment(v.Expires)},
			{"status changed", moment(v.Changed)},
		} {
			t.row(row[0], row[1])
		}
		return t.flush()
	})
}

func printChain(e *env, made pki.Issued) error {
	if made.Certificate == nil {
		return fault.NotFoundf("app.erased", "The certificate is kept no more: its owner was erased.")
	}
	for _, x := range append([]pemBlock{{pemCertificate, made.Certificate.Raw}}, chainBlocks(made)...) {
		if err := pem.Encode(e.stdout, &pem.Block{Type: x.kind, Bytes: x.der}); err != nil {
			return err
		}
	}
	return nil
}

type pemBlock struct {
	kind string
	der  []byte
}

func chainBlocks(made pki.Issued) (all []pemBlock) {
	for _, c := range made.Chain {
		all = append(all, pemBlock{pemCertificate, c.Raw})
	}
	return all
}

// serialArg names a certificate.
type serialArg struct {
	Serial string `arg:"" help:"Serial number in hexadecimal."`
}

// change changes a certificate's status and says so.
func (n serialArg) change(e *env, c *cli, said string, f func(*App, *db.Tx) error) error {
	return e.tools(c, func(a *App) error {
		if err := a.DB.Write(e.ctx, func(tx *db.Tx) error { return f(a, tx) }); err != nil {
			return err
		}
		return e.line(said)
	})
}

type pkiRevokeCmd struct {
	serialArg
	Reason string `required:"" enum:"unspecified,keyCompromise,affiliationChanged,superseded,cessationOfOperation,privilegeWithdrawn" help:"Why (RFC 5280): unspecified, keyCompromise, affiliationChanged, superseded, cessationOfOperation or privilegeWithdrawn."`
}

// Run revokes it.
func (n pkiRevokeCmd) Run(e *env, c *cli) error {
	why, _ := pki.ParseReason(n.Reason) // the command line has checked it
	return n.change(e, c, "The certificate is revoked. The next revocation list has it; the responder says so now.", func(a *App, tx *db.Tx) error {
		return a.PKI.Revoke(tx, audit.System("cli"), n.Serial, why)
	})
}

type pkiSuspendCmd struct{ serialArg }

// Run suspends it.
func (n pkiSuspendCmd) Run(e *env, c *cli) error {
	return n.change(e, c, "The certificate is on hold.", func(a *App, tx *db.Tx) error { return a.PKI.Suspend(tx, audit.System("cli"), n.Serial) })
}

type pkiResumeCmd struct{ serialArg }

// Run ends the hold.
func (n pkiResumeCmd) Run(e *env, c *cli) error {
	return n.change(e, c, "The certificate is not on hold. One that is revoked stays so.", func(a *App, tx *db.Tx) error { return a.PKI.Resume(tx, audit.System("cli"), n.Serial) })
}

type pkiCRLCmd struct {
	Authority int64 `help:"Number of the authority, as \"pki status\" shows it; by default the one at work."`
}

// Run prints it.
func (n pkiCRLCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		all, err := a.PKI.Authorities(e.ctx)
		if err != nil {
			return err
		}
		for _, x := range all {
			if n.Authority == 0 && x.Kind == pki.IssuingKind && x.State == pki.Active {
				n.Authority = x.Number
			}
		}
		der, _, err := a.PKI.RevocationList(e.ctx, n.Authority)
		if err != nil {
			return err
		}
		return pem.Encode(e.stdout, &pem.Block{Type: pemList, Bytes: der})
	})
}

type pkiMergeCmd struct {
	List string `arg:"" help:"The list, PEM or DER: the last one that this installation published."`
}

// Run takes it over.
func (n pkiMergeCmd) Run(e *env, c *cli) error {
	der, err := readPEM(n.List, pemList)
	if err != nil {
		return err
	}
	return e.tools(c, func(a *App) error {
		count, err := a.PKI.Merge(e.ctx, audit.System("cli"), der)
		if err != nil {
			return err
		}
		return e.line(fmt.Sprintf("%d certificates were revoked or put on hold as the list says.", count))
	})
}
