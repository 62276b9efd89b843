package app

import (
	"fmt"
	"strconv"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/pki"
)

type pkiUntoldCmd struct {
	Limit int  `default:"100" help:"At most so many, up to 500."`
	JSON  bool `name:"json" help:"Print JSON."`
}

// Run lists what another authority does not know yet.
func (n pkiUntoldCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		all, err := a.PKI.Untold(e.ctx, n.Limit)
		if err != nil {
			return err
		}
		views := make([]certificateView, len(all))
		for i, x := range all {
			views[i] = viewOfCertificate(x)
		}
		if n.JSON {
			return e.json(map[string]any{"certificates": views})
		}
		t := e.table("SERIAL", "STATUS", "REASON", "SINCE", "ENDS")
		for _, v := range views {
			t.row(v.Serial, string(v.Status), v.Reason, moment(v.Changed), moment(v.Expires))
		}
		if len(views) > 0 {
			t.after("Signatures by them are refused here. Tell the authority by its own way, then: countersign pki told SERIAL")
		}
		return t.flush()
	})
}

type pkiToldCmd struct {
	Serials []string `arg:"" name:"serial" help:"Serial numbers in hexadecimal."`
}

// Run records it.
func (n pkiToldCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		err := a.DB.Write(e.ctx, func(tx *db.Tx) error {
			for _, s := range n.Serials {
				if err := a.PKI.Told(tx, audit.System("cli"), s); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		return e.line("It is recorded that the authority knows: " + strconv.Itoa(len(n.Serials)))
	})
}

// mattersOfCertificates says what is to be seen to, and how.
func mattersOfCertificates(all []pki.Matter) (lines []string) {
	for _, m := range all {
		switch m.Kind {
		case pki.RequestWaits:
			lines = append(lines, "a request waits to be signed by the root: countersign pki root sign, then countersign pki issuing install")
		case pki.AuthorityEnds:
			lines = append(lines, "the issuing authority ends "+moment(m.When)+", and certificates with it. Replace it: countersign pki issuing request")
		case pki.RootListEnds:
			lines = append(lines, "the root's revocation list ends "+moment(m.When)+", and after that no signature is valid. Make a fresh one: countersign pki root list, then countersign pki issuing root-list")
		case pki.ListEnds:
			lines = append(lines, "the revocation list ends "+moment(m.When)+" and was not made anew: does a node run? Look into its log")
		case pki.ResponderEnds:
			lines = append(lines, "the certificate of the OCSP responder ends "+moment(m.When)+" and was not renewed: does a node run? Look into its log")
		case pki.StampingEnds:
			lines = append(lines, "the certificate of the time-stamps ends "+moment(m.When)+" and was not renewed: does a node run? Look into its log")
		case pki.IsUntold:
			lines = append(lines, fmt.Sprintf("the authority that has issued them does not know the status of %d certificates: countersign pki untold", m.Count))
		}
	}
	return lines
}
