package app

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobileid"
)

type evidenceSignatureCmd struct {
	Handle string `arg:"" help:"The signature, by the name that the service provider got for it (MSSP_TransID, or the id of the request)."`
	Out    string `default:"-" placeholder:"FILE" help:"Where the evidence goes, a ZIP file; - is standard output."`
}

// Run exports the evidence.
func (s evidenceSignatureCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		file, err := a.SignatureEvidence(e.ctx, audit.System("cli"), mobileid.AnyProvider, s.Handle)
		if err != nil {
			return err
		}
		return written(s.Out, e.stdout, func(w io.Writer) error {
			_, err := w.Write(file)
			return err
		})
	})
}

// SignatureEvidence exports the evidence of a signature that a person has made for a provider
// (mobileid.AnyProvider for all), by its handle. Faults: "mobileid.transaction" (NotFound),
// "evidence.no_signature", "evidence.incomplete" (Conflict).
func (a *App) SignatureEvidence(ctx context.Context, by audit.Actor, provider, handle string) ([]byte, error) {
	t, err := a.MobileIDs.Get(ctx, provider, handle)
	if err != nil {
		return nil, err
	}
	if t.Status != mobileid.Valid || t.Kind != mobileid.Signing {
		return nil, fault.Conflictf("evidence.no_signature", "There is no valid signature of this name: it is %s.", t.Status)
	}
	record := "mobile_id_request:" + t.ID.String()
	page, err := a.Audit.Find(ctx, audit.Filter{Customer: t.Customer, Kind: evidence.RecordSigned, Object: record}, "", 1)
	if err != nil {
		return nil, err
	}
	if len(page.Entries) == 0 {
		return nil, fault.New(fault.Internal, "evidence.no_record", "The audit log has no record of this signature. Run `countersign audit verify`.")
	}
	proof, err := a.Audit.Prove(ctx, page.Entries[0].ID)
	if err != nil {
		return nil, err
	}
	return a.Evidence.Export(ctx, by, signatureOf(t, record), proof)
}

// signatureOf is a transaction as evidence shows it.
func signatureOf(t mobileid.Transaction, record string) evidence.Signature {
	return evidence.Signature{
		Handle: t.Handle, Record: record, Customer: t.Customer, Provider: t.Provider, Ref: t.Ref, Purpose: t.Purpose,
		Role: t.Role, Form: t.Form, Service: t.Service, Event: t.Event, Text: t.Text, Shown: t.Shown, Language: t.Language,
		Content: t.Content, Digest: t.Digest, Document: t.Document, MIME: t.MIME, Mode: t.Mode, Control: t.Control, Nonce: t.Nonce,
		Requested: t.Created, Answered: t.Answered, Validated: t.Checked,
		Signature: t.Signature, CMS: t.CMS, Certificate: t.Certificate, Chain: t.Chain, Status: t.OCSP, Stamp: t.Stamp,
	}
}

// evidenceTrust is what this installation says of itself.
func (a *App) evidenceTrust(ctx context.Context) (t evidence.Trust, err error) {
	if t.Keys, err = a.Evidence.Archive(ctx); err != nil {
		return t, err
	}
	anchors, err := a.PKI.Anchors(ctx)
	if err != nil {
		return t, fmt.Errorf("the roots of this installation: %w", err)
	}
	t.Roots, t.Log = x509.NewCertPool(), a.Audit.VerifierKey()
	for _, c := range anchors {
		t.Roots.AddCert(c)
	}
	return t, nil
}
