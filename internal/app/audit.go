package app

import "github.com/countersign-auth/countersign/internal/audit"

// auditConfig is how this node keeps the audit log.
func (a *App) auditConfig() audit.Config {
	c := audit.Config{Origin: a.Config.Origin, Now: a.Now, Log: a.Log}
	if a.Config.Audit.Anchor != "" {
		c.Anchor = fileAnchor(a.Config.Audit.Anchor)
	}
	return c
}
