package token

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/intake"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/pskc"
)

// ImportPlan is the payload of [policy.ActImport]: which file is imported, how, and
// what comes of it. The file and its transport key are not kept with a proposal;
// whoever carries it out presents them again.
type ImportPlan struct {
	File      string `json:"file_sha256"` // in hexadecimal
	Whole     bool   `json:"all_or_nothing"`
	Imported  int64  `json:"imported"` // what the import would do when it was proposed
	Duplicate int64  `json:"duplicate"`
	Refused   int64  `json:"refused"`

	Hash         string `json:"hash,omitempty"` // of CSV rows that do not say it
	Manufacturer string `json:"manufacturer,omitempty"`
	Legacy       bool   `json:"legacy,omitempty"`
	NoMAC        bool   `json:"insecure_no_mac,omitempty"`
	SameMACKey   bool   `json:"encryption_key_as_mac_key,omitempty"`
	Signed       bool   `json:"signature_required,omitempty"`
}

// Payload returns the canonical bytes for a proposal.
func (p ImportPlan) Payload() []byte { return foureyes.Canonical(p) }

// ParseImportPlan reads the payload of an import.
func ParseImportPlan(payload []byte) (p ImportPlan, err error) {
	dec := json.NewDecoder(bytes.NewReader(payload))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil || !bytes.Equal(p.Payload(), payload) || len(p.File) != 2*32 {
		return p, fault.Invalidf("foureyes.payload", "The payload is no import of tokens.").WithField("/payload")
	}
	return p, nil
}

// Plan reads a file through and says what importing it would do, for a proposal and
// for carrying one out (foureyes.Desk.CarryOut). It changes nothing.
func (t *Tokens) Plan(ctx context.Context, in Import) (ImportPlan, error) {
	x := newImporter(in, nil)
	x.db = t.db
	if err := x.Look(ctx); err != nil {
		return ImportPlan{}, err
	}
	p := in.manner()
	p.File, p.Imported, p.Duplicate, p.Refused = hex.EncodeToString(x.file), x.report.Imported, x.report.Duplicate, x.report.Refused
	return p, nil
}

// manner is what of the plan is known without reading the file.
func (in Import) manner() ImportPlan {
	o := in.Options
	return ImportPlan{
		Whole: in.AllOrNothing, Hash: string(o.Hash), Manufacturer: o.Manufacturer, Legacy: o.Legacy,
		NoMAC: o.InsecureNoMAC, SameMACKey: o.EncryptionKeyAsMACKey, Signed: o.Signature == pskc.SignatureRequire,
	}
}

// allowed refuses an import that needs a second member of staff and has no
// warrant, or whose warrant is for another file or another manner. It reads the
// file before anything of it is imported.
func (in Import) allowed() error {
	if in.Warrant.IsZero() {
		return in.Set.FourEyes.Direct(policy.ActImport)
	}
	approved, err := ParseImportPlan(in.Warrant.Payload())
	if err != nil {
		return err
	}
	f, err := in.Open()
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	sum, err := intake.NewReader(f).Sum()
	if err != nil {
		return err
	}
	p := in.manner()
	p.File, p.Imported, p.Duplicate, p.Refused = hex.EncodeToString(sum), approved.Imported, approved.Duplicate, approved.Refused
	return foureyes.Allow(in.Set.FourEyes, policy.ActImport, in.Warrant, p.Payload())
}

// asApproved makes sure that what was read is what allowed has seen: a file can be
// changed between two readings.
func (x *importer) asApproved() error {
	if x.Warrant.IsZero() {
		return nil
	}
	p, err := ParseImportPlan(x.Warrant.Payload())
	if err == nil && p.File != hex.EncodeToString(x.file) {
		err = fault.Conflictf("token.import_changed", "The file was changed while it was imported. Look at the audit log, and at the stock.")
	}
	return err
}
