package app

import (
	"fmt"

	"github.com/countersign-auth/countersign/internal/config"
)

// configCmd is about the configuration file.
type configCmd struct {
	Check     configCheckCmd     `cmd:"" help:"Read the configuration and report every mistake."`
	Reference configReferenceCmd `cmd:"" help:"Print a configuration file with every key, its default and its meaning."`
}

type configCheckCmd struct{}

// Run reads the configuration.
func (configCheckCmd) Run(e *env, c *cli) error {
	if _, err := e.config(c); err != nil {
		return err
	}
	return e.line("The configuration is good.")
}

type configReferenceCmd struct{}

// Run prints the reference.
func (configReferenceCmd) Run(e *env) error {
	_, err := fmt.Fprint(e.stdout, config.Reference())
	return err
}

// config reads the configuration that the command line names.
func (e *env) config(c *cli) (config.Config, error) {
	path := c.Config
	if path == "" {
		path, _ = e.lookup("COUNTERSIGN_CONFIG")
	}
	return config.Load(config.Source{Path: path, ReadFile: readFile, Environ: e.environ})
}
