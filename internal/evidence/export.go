package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/ota/applet"
)

// AuditExported is the kind of the record that evidence of a signature leaves.
const AuditExported = "evidence.exported"

// Export makes the evidence of a signature: one file that VerifySignature and openssl check for ever.
// The proof is that of the record of the signature in the audit log. Faults: "evidence.incomplete"
// (Conflict: a part is not there, such as the time-stamp of a signature that was made just now).
func (i *Issuer) Export(ctx context.Context, by audit.Actor, s Signature, proof audit.Proof) ([]byte, error) {
	if what := s.missing(); what != "" {
		return nil, fault.Conflictf("evidence.incomplete", "The signature has no %s, so it cannot be proven. Please try again in a minute, or see why in the audit log.", what)
	}
	at := i.Now().UTC()
	files, person, err := s.files(proof)
	if err != nil {
		return nil, err
	}
	text, err := i.state(ctx, s.statement(i.Name, person, at, files))
	if err != nil {
		return nil, err
	}
	files[FileStatement] = []byte(text)
	file, err := pack(files, at)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(file)
	err = i.DB.Write(ctx, func(tx *db.Tx) error {
		audit.Record(tx, audit.Event{Kind: AuditExported, By: by, Customer: s.Customer, Object: s.Record, Details: map[string]any{"sha256": hex.EncodeToString(digest[:])}})
		return nil
	})
	return file, err
}

// state signs a statement.
func (i *Issuer) state(ctx context.Context, x Statement) (string, error) {
	v, err := i.keys(ctx)
	if err != nil {
		return "", err
	}
	k := v.active(i.Now())
	if k.statements == nil {
		return "", fault.Unavailablef(errors.New("the active key's private part is destroyed: does the node's clock go wrong?"), "evidence.no_key", "No evidence can be signed now. Please try again later.")
	}
	payload, err := json.Marshal(x)
	if err != nil {
		return "", fmt.Errorf("evidence: statement: %w", err)
	}
	jws, err := k.statements.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("evidence: sign a statement: %w", err)
	}
	return jws.CompactSerialize()
}

// files are all but the statement, and the person's serial number.
func (s *Signature) files(proof audit.Proof) (files map[string][]byte, person string, err error) {
	leaf, err := x509.ParseCertificate(s.Certificate)
	if err != nil {
		return nil, "", fmt.Errorf("evidence: certificate: %w", err)
	}
	chain, err := x509.ParseCertificates(s.Chain)
	if err != nil {
		return nil, "", fmt.Errorf("evidence: chain: %w", err)
	}
	// Roots are what the verifier brings along.
	chain = slices.DeleteFunc(chain, func(c *x509.Certificate) bool { return bytes.Equal(c.RawIssuer, c.RawSubject) })
	log, err := json.Marshal(proof)
	if err != nil {
		return nil, "", fmt.Errorf("evidence: proof: %w", err)
	}
	files = map[string][]byte{
		FileShown: []byte(s.Shown), FileRaw: s.Signature, FileCertificate: writePEM(leaf), FileChain: writePEM(chain...),
		statusFile(s.Status): s.Status, FileStamp: s.Stamp, FileAudit: log,
	}
	if !s.Document {
		files[FileContent] = s.Content
	}
	if s.Form == applet.Attributed {
		files[FileCMS] = s.CMS
	}
	issuer := FileChain
	if len(chain) == 0 {
		issuer = "root.pem"
	}
	files[FileReadme] = []byte(s.readme(issuer))
	return files, leaf.Subject.SerialNumber, nil
}

func writePEM(all ...*x509.Certificate) []byte {
	var b bytes.Buffer
	for _, c := range all {
		b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	return b.Bytes()
}
