package app

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/evidence"
)

// signature verifies the evidence of a signature.
func (v evidenceVerifyCmd) signature(e *env, c *cli, file []byte) error {
	trust, err := v.trust(e, c)
	if err != nil {
		return err
	}
	p, err := evidence.VerifySignature(file, trust)
	if err != nil {
		return err
	}
	if v.JSON {
		return e.json(p)
	}
	return tellProven(e, p)
}

// trust is what the operator has kept; without files, what the installation says of itself.
func (v evidenceVerifyCmd) trust(e *env, c *cli) (t evidence.Trust, err error) {
	if v.JWKS == "" && v.CA == "" && v.LogKey == "" {
		err = e.tools(c, func(a *App) error {
			t, err = a.evidenceTrust(e.ctx)
			return err
		})
		return t, err
	}
	if v.JWKS == "" || v.CA == "" || v.LogKey == "" {
		return t, hinted{errors.New("--jwks, --ca and --log-key belong together for the evidence of a signature"), "Give all three files, or none to take what this installation says of itself."}
	}
	if t.Keys, err = v.keys(e, c); err != nil {
		return t, err
	}
	roots, err := readFile(v.CA)
	if err != nil {
		return t, err
	}
	if t.Roots = x509.NewCertPool(); !t.Roots.AppendCertsFromPEM(roots) {
		return t, fmt.Errorf("--ca %s has no certificate in PEM", v.CA)
	}
	key, err := readFile(v.LogKey)
	t.Log = strings.TrimSpace(string(key))
	return t, err
}

// tellProven shows to people what the evidence of a signature proves.
func tellProven(e *env, p evidence.Proven) error {
	at := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	x := p.Statement
	lines := [][2]string{
		{"statement", "good, by the key " + p.KeyID},
		{"issuer", x.Issuer},
		{"person", p.Person},
		{"certificate", p.Serial + ", good when the signature was validated at " + at(x.Validated)},
		{"signature", "good, of the role " + x.Role + ", form " + x.Form},
		{"stamped", at(p.Stamped)},
		{"asked", at(x.Requested) + " by " + x.Service + asker(x)},
		{"answered", at(x.Answered)},
	}
	for i, line := range strings.Split(x.Shown, "\n") {
		name := ""
		if i == 0 {
			name = "shown"
		}
		lines = append(lines, [2]string{name, line})
	}
	lines = append(lines, [2]string{"content", contentOf(x)})
	if x.Control != "" {
		lines = append(lines, [2]string{"control", x.Control + " (" + x.Mode + ")"})
	}
	lines = append(lines, [2]string{"audit log", fmt.Sprintf("%s, of %s, among %d records", x.Record, at(p.LoggedAt), p.Records)}, [2]string{"name", x.Txn})
	for _, l := range lines {
		if err := e.line(fmt.Sprintf("%-11s %s", l[0], printable(l[1]))); err != nil {
			return err
		}
	}
	return nil
}

func asker(x evidence.Statement) string {
	switch {
	case x.Provider == "":
		return ""
	case x.Ref == "":
		return " (" + x.Provider + ")"
	}
	return " (" + x.Provider + ", which calls it " + x.Ref + ")"
}

func contentOf(x evidence.Statement) string {
	switch x.Kind {
	case "shown":
		return "the text that was shown"
	case "text":
		return "a text of its own, SHA-256 " + x.Digest
	}
	return "a document " + x.MIME + ", SHA-256 " + x.Digest
}
