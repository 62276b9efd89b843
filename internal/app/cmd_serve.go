package app

import (
	"errors"
)

// serveCmd runs a node.
type serveCmd struct {
	Migrate bool `help:"Bring the schema up to date first. Safe when several nodes start at once."`
}

// Run serves until the process is told to stop.
func (c serveCmd) Run(e *env, root *cli) error {
	e.collectLess()
	s, err := e.setup(root)
	if err != nil {
		return err
	}
	if c.Migrate {
		d, err := s.openDB(e.ctx)
		if err != nil {
			return err
		}
		_, err = d.Migrate(e.ctx)
		if err := errors.Join(err, d.Close()); err != nil {
			return err
		}
	}
	a, err := New(e.ctx, s)
	if toldToStop(e.ctx, err) {
		return nil
	} else if err != nil {
		return err
	}
	return errors.Join(a.Run(e.ctx), a.Close())
}
