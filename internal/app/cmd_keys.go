package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/internal/push"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/internal/wallet"
)

// keysCmd is about the keys that seal secrets.
type keysCmd struct {
	Init   keysInitCmd   `cmd:"" help:"Make the key file, if there is none, and the database's first data key."`
	Rotate keysRotateCmd `cmd:"" help:"Make a new data key and re-seal everything under it; with --kek, replace the key-encryption key."`
	Rewrap keysRewrapCmd `cmd:"" help:"Wrap the data keys by the first key-encryption key, after it was put in front of the old one."`
	Status keysStatusCmd `cmd:"" help:"Show the keys and what should be done about them."`
}

type keysInitCmd struct{}

// Run makes what is missing.
func (keysInitCmd) Run(e *env, c *cli) error {
	s, err := e.setup(c)
	if err != nil {
		return err
	}
	kek, err := s.kekOrNew()
	if err != nil {
		return err
	}
	d, err := s.openDB(e.ctx)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // nothing more to lose
	if err := upToDate(e.ctx, d); err != nil {
		return err
	}
	if err := keyring.Init(e.ctx, d, kek, s.ringOptions(), commandLine); err != nil {
		return err
	}
	return e.line("Keys are ready under " + kek.ID() + ". Back up the key file apart from the database: without it nothing sealed can be opened.")
}

// kekOrNew returns the configured key, making the key file when it is missing.
func (s Setup) kekOrNew() (*keyring.Local, error) {
	kek, err := s.kek()
	if s.Config.Keys.Value == "" && fault.Is(err, "keyring.no_file") {
		return keyring.CreateFile(s.Config.Keys.File, s.Rand)
	}
	return kek, err
}

type keysRotateCmd struct {
	KEK      bool `name:"kek" xor:"which" help:"Replace the key-encryption key in the key file instead."`
	Evidence bool `xor:"which" help:"Replace the key that signs assertions instead. The new one is published at once and signs 15 minutes later."`
	Push     bool `xor:"which" help:"Replace the key by which push services know this installation instead. Phones subscribe under the new one from their next start on; the old one signs for the others."`
	Now      bool `help:"With --evidence or --push: do without the old key at once, because it is not trusted any more. With --push, phones get no pushes until they are started again."`
	underFourEyes
}

// Run rotates.
func (k keysRotateCmd) Run(e *env, c *cli) error {
	if k.Now && !k.Evidence && !k.Push {
		return errors.New("--now goes with --evidence and --push only: data keys and key-encryption keys always change at once")
	}
	s, err := e.setup(c)
	if err != nil {
		return err
	}
	if k.KEK && s.Config.Keys.Value != "" {
		return hinted{errors.New("the key-encryption key comes from the environment, which this command cannot change"), "Put the new key in front of the old one, separated by a comma, and run: countersign keys rewrap"}
	}
	switch {
	case k.KEK:
		return k.rotation(e, s, rotateKEK, func() error { return e.rotateKEK(s) })
	case k.Evidence && k.Now:
		return k.rotation(e, s, rotateEvidenceNow, func() error { return k.rotateEvidence(e, c) })
	case k.Push && k.Now:
		return k.rotation(e, s, rotatePushNow, func() error { return k.rotatePush(e, c) })
	case k.Push:
		return k.rotation(e, s, rotatePush, func() error { return k.rotatePush(e, c) })
	case k.Evidence:
		return k.rotation(e, s, rotateEvidence, func() error { return k.rotateEvidence(e, c) })
	}
	return k.rotation(e, s, rotateData, func() error { return e.rotateData(s) })
}

// rotateKEK puts a new key-encryption key into the key file, moves the data keys
// under it and takes the old one out.
func (e *env) rotateKEK(s Setup) error {
	if _, err := keyring.AddToFile(s.Config.Keys.File, s.Rand); err != nil {
		return err
	}
	moved, err := e.rewrap(s)
	if err != nil {
		return err
	}
	if _, err := keyring.TrimFile(s.Config.Keys.File, s.Rand); err != nil {
		return err
	}
	return e.line(fmt.Sprintf("%d keys are wrapped by the new key-encryption key. Copy the key file to every node, and back it up.", moved))
}

// rotateData makes a new data key and moves everything under it.
func (e *env) rotateData(s Setup) error {
	d, err := s.openDB(e.ctx)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // nothing more to lose
	ring, err := s.openRing(e.ctx, d)
	if err != nil {
		return err
	}
	if err := ring.Rotate(e.ctx, commandLine); err != nil {
		return err
	}
	bar := e.progress("re-sealing")
	err = ring.Reseal(e.ctx, sealed(), commandLine, func(p keyring.Progress) {
		bar.set(p.Column.Table+"."+p.Column.Column, p.Done, p.Total)
	})
	bar.end()
	if err == nil {
		err = ring.Refresh(e.ctx) // counts what was sealed: it says when the key is used up
	}
	if err != nil {
		return err
	}
	return e.line("A new data key is active and everything is sealed under it. Nodes learn of it within a second; run this again if they were sealing just now.")
}

type keysRewrapCmd struct{ underFourEyes }

// Run wraps the data keys anew.
func (k keysRewrapCmd) Run(e *env, c *cli) error {
	s, err := e.setup(c)
	if err != nil {
		return err
	}
	kek, err := s.kek()
	if err != nil {
		return err
	}
	return k.rotation(e, s, rotateWrap, func() error {
		moved, err := e.rewrap(s)
		if err != nil {
			return err
		}
		return e.line(fmt.Sprintf("%d keys are wrapped by %s. Older key-encryption keys are no longer needed.", moved, kek.ID()))
	})
}

// rewrap wraps the data keys by the first key-encryption key.
func (e *env) rewrap(s Setup) (moved int, err error) {
	d, err := s.openDB(e.ctx)
	if err != nil {
		return 0, err
	}
	defer d.Close() //nolint:errcheck // nothing more to lose
	ring, err := s.openRing(e.ctx, d)
	if err != nil {
		return 0, err
	}
	return ring.Rewrap(e.ctx, commandLine)
}

// sealed lists every column of sealed values in the database.
func sealed() (all []keyring.Column) {
	for _, columns := range [][]keyring.Column{customer.Columns(), client.Columns(), staff.Columns(), token.Columns(), outbox.Columns(), evidence.Columns(), password.Columns(), sms.Columns(), sim.Columns(), mobileid.Columns(), pki.Columns(), risk.Columns(), mobiletoken.Columns(), push.Columns(), provider.Columns(), companion.Columns(), vault.Columns(), wallet.Columns(), interaction.Columns()} {
		all = append(all, columns...)
	}
	return all
}

type keysStatusCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run shows the keys.
func (k keysStatusCmd) Run(e *env, c *cli) error {
	s, err := e.setup(c)
	if err != nil {
		return err
	}
	d, err := s.openDB(e.ctx)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // only read
	ring, err := s.openRing(e.ctx, d)
	if err != nil {
		return err
	}
	st, err := ring.Status(e.ctx)
	if err != nil {
		return err
	}
	if k.JSON {
		return e.json(st)
	}
	t := e.table("KEY", "STATE", "WRAPPED BY", "CREATED", "SEALED")
	for _, key := range st.Keys {
		t.row(strconv.FormatUint(uint64(key.Number), 10), key.State, key.KEK, key.Created.Format("2006-01-02 15:04"), strconv.FormatInt(key.Sealed, 10))
	}
	for _, a := range st.Advice {
		t.after("Advice: " + a)
	}
	return t.flush()
}

// json prints v, indented, on standard output.
func (e *env) json(v any) error {
	enc := json.NewEncoder(e.stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
