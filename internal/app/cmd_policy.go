package app

import (
	"context"
	"encoding/hex"
	"strconv"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
)

// policyCmd is about what the security officer decides.
type policyCmd struct {
	List     policyListCmd     `cmd:"" help:"List the versions."`
	Export   policyExportCmd   `cmd:"" help:"Print a version as YAML, to be changed and proposed."`
	Diff     policyDiffCmd     `cmd:"" help:"Show what differs between two versions, or a version and a file."`
	Propose  policyProposeCmd  `cmd:"" help:"Check and store a file as a new version, and propose to put it in force."`
	Activate policyActivateCmd `cmd:"" help:"Put a stored version in force, where that does not need four eyes."`
}

type policyListCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// versionLine is a version as it is printed.
type versionLine struct {
	Version  int64  `json:"version"`
	Active   bool   `json:"active"`
	StoredAt string `json:"stored_at,omitempty"`
	By       string `json:"by,omitempty"`
	SHA256   string `json:"sha256"`
}

// Run lists the versions, newest first.
func (l policyListCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		all, err := allVersions(e.ctx, a.Policies)
		if err != nil {
			return err
		}
		lines := make([]versionLine, len(all))
		t := e.table("VERSION", "IN FORCE", "STORED", "BY", "SHA-256")
		for i, v := range all {
			lines[i] = versionLine{v.Number, v.Active, stamp(v.Stored), v.By, hex.EncodeToString(v.Digest[:])}
			force := ""
			if v.Active {
				force = "in force"
			}
			t.row(strconv.FormatInt(v.Number, 10), force, lines[i].StoredAt, v.By, lines[i].SHA256[:16])
		}
		if l.JSON {
			return e.json(lines)
		}
		return t.flush()
	})
}

func allVersions(ctx context.Context, b *policy.Book) (all []policy.Version, err error) {
	const page = 100
	for before := int64(0); ; {
		some, err := b.Versions(ctx, before, page)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		if before = all[len(all)-1].Number; before == 0 {
			return all, nil
		}
	}
}

type policyExportCmd struct {
	Version string `arg:"" optional:"" help:"Number of a version; the one in force by default."`
}

// Run prints the document.
func (x policyExportCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		version := a.Policies.Active().Version
		if x.Version != "" {
			var err error
			if version, err = parseVersion(x.Version); err != nil {
				return err
			}
		}
		_, doc, err := a.Policies.Get(e.ctx, version)
		if err != nil {
			return err
		}
		_, err = e.stdout.Write(doc)
		return err
	})
}

func parseVersion(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, fault.Invalidf("app.version", "%q is no version: see countersign policy list.", s)
	}
	return n, nil
}

type policyDiffCmd struct {
	Old  string `arg:"" help:"Number of a version, or a file."`
	New  string `arg:"" optional:"" help:"Number of a version, or a file; without it the first is compared with the version in force."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run prints the differences, one a line.
func (d policyDiffCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		before, after := d.Old, d.New
		if after == "" {
			before, after = strconv.FormatInt(a.Policies.Active().Version, 10), d.Old
		}
		x, err := readSet(e.ctx, a.Policies, before)
		if err != nil {
			return err
		}
		y, err := readSet(e.ctx, a.Policies, after)
		if err != nil {
			return err
		}
		changes, err := policy.Diff(x, y)
		if err != nil {
			return err
		}
		if d.JSON {
			return e.json(append([]policy.Change{}, changes...))
		}
		return e.changes(changes)
	})
}

func (e *env) changes(changes []policy.Change) error {
	if len(changes) == 0 {
		return e.line("No difference.")
	}
	for _, c := range changes {
		if err := e.line(c.String()); err != nil {
			return err
		}
	}
	return nil
}

// readSet reads a version by its number, or a file.
func readSet(ctx context.Context, b *policy.Book, name string) (*policy.Set, error) {
	if n, err := strconv.ParseInt(name, 10, 64); err == nil {
		s, _, err := b.Get(ctx, n)
		return s, err
	}
	doc, err := readFile(name)
	if err != nil {
		return nil, err
	}
	s, err := policy.Parse(doc)
	if err != nil {
		return nil, fault.Invalidf("policy.invalid", "%s has mistakes: %v", name, err)
	}
	return s, nil
}
